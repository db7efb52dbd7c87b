import type { IncomingMessage } from 'node:http';
import { AppError, LIVE_PATH, LIVE_SUBPROTOCOL } from '@shadower/domain';

/** What a visitor shows to be let in. */
export type Credentials = { ticket: string } | { authorization: string; workspaceId: string };

const LOOKS_LIKE_JWT = /^ey[\w-]+\.[\w-]+\.[\w-]*$/;
const TOKEN_PARAMETERS = ['token', 'access_token', 'jwt', 'authorization'];

/**
 * Refuses an upgrade that cannot become a live connection whoever asks. Throws AppError: `not_found` (another path), `forbidden` (a foreign
 * web page), `bad_request` (another protocol). A browser names the page's origin; programs name none and are let through to show who they are.
 */
export function checkUpgrade(request: IncomingMessage, allowedOrigins: readonly string[]): void {
  if (locationOf(request).pathname !== LIVE_PATH) throw new AppError('not_found', `Live updates are at ${LIVE_PATH}.`);
  const { origin, host } = request.headers;
  if (origin !== undefined && !isAllowed(origin, host, allowedOrigins)) throw new AppError('forbidden', 'Web pages of this origin may not connect.');
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  if (!offered.includes(LIVE_SUBPROTOCOL)) throw new AppError('bad_request', `Offer the WebSocket subprotocol ${LIVE_SUBPROTOCOL}.`);
}

/**
 * A ticket from the URL, or an Authorization header and the workspace from the URL. A token in the URL is refused even when a ticket is there
 * too, since URLs end up in logs and histories. Throws AppError `unauthorized` or `bad_request`.
 */
export function credentialsOf(request: IncomingMessage): Credentials {
  const query = locationOf(request).searchParams;
  if (TOKEN_PARAMETERS.some((name) => query.has(name)) || [...query.values()].some((value) => LOOKS_LIKE_JWT.test(value)))
    throw new AppError('unauthorized', 'Never put a token in the URL: use a ticket or an Authorization header.');
  const ticket = query.get('ticket');
  if (ticket) return { ticket };
  const { authorization } = request.headers;
  if (!authorization) throw new AppError('unauthorized', 'Connect with a ticket (?ticket=...) or an Authorization header.');
  const workspaceId = query.get('workspace');
  if (!workspaceId) throw new AppError('bad_request', 'Name the workspace: ?workspace=...');
  return { authorization, workspaceId };
}

function isAllowed(origin: string, host: string | undefined, allowedOrigins: readonly string[]): boolean {
  if (allowedOrigins.includes('*') || allowedOrigins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

function locationOf(request: IncomingMessage): URL {
  try {
    return new URL(`http://gateway${request.url}`);
  } catch {
    throw new AppError('bad_request', 'The URL is not valid.');
  }
}
