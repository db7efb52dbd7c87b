import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppError, EVENT_LIMITS } from '@shadower/domain';
import { NdjsonBody, parseJson } from './json-body';

/** The media types that a request may have; anything else is answered 415. */
export const MEDIA_TYPES = { json: 'application/json', ndjson: 'application/x-ndjson', cloudEvents: 'application/cloudevents-batch+json' } as const;

interface RawRequest {
  headers: { 'content-type'?: string; 'content-encoding'?: string };
}

/** Reads bodies of at most 1 MiB (gzip: 8 MiB inflated) as UTF-8 JSON or NDJSON. */
export function registerBodyParsers(app: NestFastifyApplication): void {
  app.getHttpAdapter().getInstance().removeContentTypeParser('text/plain');
  for (const type of Object.values(MEDIA_TYPES)) {
    app.useBodyParser(type, { bodyLimit: EVENT_LIMITS.bodyBytes }, (request, raw: Buffer, done) => {
      readText(request as RawRequest, raw)
        .then((text) => (type === MEDIA_TYPES.ndjson ? NdjsonBody.of(text) : parseJson(text)))
        .then((body) => done(null, body), done);
    });
  }
}

const inflate = promisify(gunzip);

async function readText({ headers }: RawRequest, raw: Buffer): Promise<string> {
  const charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase() ?? 'utf-8';
  if (charset !== 'utf-8' && charset !== 'utf8') throw new AppError('unsupported_media_type', 'Only UTF-8 is supported.');
  const bytes = await decoded(raw, headers['content-encoding']?.toLowerCase() ?? 'identity');
  if (!isUtf8(bytes)) throw new AppError('bad_request', 'The body is not valid UTF-8.', { errors: [{ pointer: '', detail: 'must be UTF-8' }] });
  return bytes.toString('utf8');
}

async function decoded(raw: Buffer, encoding: string): Promise<Buffer> {
  if (encoding === 'identity') return raw;
  if (encoding !== 'gzip') throw new AppError('unsupported_media_type', 'The only supported content encoding is gzip.');
  try {
    return await inflate(raw, { maxOutputLength: EVENT_LIMITS.inflatedBytes });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new AppError('payload_too_large', `The inflated body is over ${EVENT_LIMITS.inflatedBytes} bytes.`);
    }
    throw new AppError('bad_request', 'The body is not valid gzip.', { errors: [{ pointer: '', detail: 'must be gzip, as Content-Encoding says' }] });
  }
}
