import { bearerToken } from '@shadower/auth';

/** The token of `Authorization: Bearer ...` or, as a browser can send it, the password of `Basic ...`. Throws AppError `unauthorized` without one. */
export function presentedToken(header: string | undefined): string {
  const pair = /^Basic ([\w+/=-]{1,16384})$/i.exec(header ?? '')?.[1];
  if (pair === undefined) return bearerToken(header);
  const text = Buffer.from(pair, 'base64').toString('utf8');
  return bearerToken(`Bearer ${text.slice(text.indexOf(':') + 1)}`);
}
