import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
/** gRPC's frame of an empty message: not compressed, no bytes. */
const EMPTY = Buffer.alloc(5);

/** Takes spans by OTLP/gRPC in plain text, as a collector does. gRPC is HTTP/2 with a status behind the body; strings stand in protobuf as they are. */
export class SpanCollector {
  /** All that was exported, as it came over the wire. */
  received = '';

  private constructor(private readonly server: Http2Server) {}

  static async start(): Promise<SpanCollector> {
    const server = createServer();
    const collector = new SpanCollector(server);
    server.on('stream', (stream, headers) => collector.take(stream, String(headers[':path'])));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
  }

  private take(stream: ServerHttp2Stream, path: string): void {
    const chunks: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      if (path === EXPORT) this.received += Buffer.concat(chunks).toString('latin1');
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      // 12: there is no such method.
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': path === EXPORT ? '0' : '12' }));
      stream.end(path === EXPORT ? EMPTY : undefined);
    });
  }
}
