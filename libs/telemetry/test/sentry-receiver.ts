import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface SentryItem {
  type: string;
  payload: SentryEvent;
}
/** The part of Sentry's event that these tests look at. */
export interface SentryEvent {
  type?: string;
  message?: string;
  transaction?: string;
  environment?: string;
  release?: string;
  tags?: Record<string, string>;
  user?: Record<string, string>;
  contexts?: Record<string, Record<string, unknown>>;
  breadcrumbs?: { category: string; message: string }[];
  exception?: { values: { type: string; value: string; stacktrace?: { frames: unknown[] } }[] };
  spans?: { description: string; trace_id: string }[];
}

/** Parses an envelope: a header line, then items of a header line and a payload, whose length the header may give. */
export function parseEnvelope(body: Buffer): SentryItem[] {
  const items: SentryItem[] = [];
  const lineEnd = (from: number): number => {
    const end = body.indexOf(10, from);
    return end < 0 ? body.length : end;
  };
  for (let at = lineEnd(0) + 1; at < body.length; ) {
    const headerEnd = lineEnd(at);
    const line = body.subarray(at, headerEnd).toString();
    if (!line) break;
    const header = JSON.parse(line) as { type: string; length?: number };
    const start = headerEnd + 1;
    const end = header.length === undefined ? lineEnd(start) : start + header.length;
    const text = body.subarray(start, end).toString();
    items.push({ type: header.type, payload: header.type === 'profile' || text.startsWith('{') ? (JSON.parse(text) as SentryEvent) : {} });
    at = end + 1;
  }
  return items;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

/** Speaks Sentry's ingestion protocol on loopback. */
export class SentryReceiver {
  readonly items: SentryItem[] = [];
  raw = '';

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(): Promise<SentryReceiver> {
    const holder: { receiver?: SentryReceiver } = {};
    const server = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        const receiver = holder.receiver as SentryReceiver;
        receiver.raw += body.toString();
        receiver.items.push(...parseEnvelope(body));
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (holder.receiver = new SentryReceiver(server, (server.address() as AddressInfo).port));
  }

  get dsn(): string {
    return `http://publickey@127.0.0.1:${this.port}/1`;
  }

  events(): SentryEvent[] {
    return this.items.filter(({ type }) => type === 'event').map(({ payload }) => payload);
  }

  transactions(): SentryEvent[] {
    return this.items.filter(({ type }) => type === 'transaction').map(({ payload }) => payload);
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
