import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js';

const bytes = (message: Buffer): Buffer => message;
const raw = { requestStream: false, responseStream: false, requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes } as const;

/** An OTLP/gRPC collector and a Sentry on loopback that keep what comes as text, to look for what must not be there. */
export class TelemetryReceivers {
  /** Exported spans: protobuf, whose texts stand in it as they are. */
  spans = '';
  /** The envelopes of error reports and transactions, unpacked. */
  envelopes = '';
  private otlpPort = 0;

  private readonly collector = new Server();
  private readonly sentry: HttpServer = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      this.envelopes += (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });

  static async start(): Promise<TelemetryReceivers> {
    const receivers = new TelemetryReceivers();
    await receivers.listen();
    return receivers;
  }

  /** What sends all of both here. `sentryKey` is the public key of the DSN. */
  env(sentryKey: string): NodeJS.ProcessEnv {
    const { port } = this.sentry.address() as AddressInfo;
    return { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${this.otlpPort}`, OTEL_TRACES_SAMPLER_ARG: '1', SENTRY_DSN: `http://${sentryKey}@127.0.0.1:${port}/1`, SENTRY_TRACES_SAMPLE_RATE: '1' };
  }

  stop(): void {
    this.collector.forceShutdown();
    this.sentry.close();
    this.sentry.closeAllConnections();
  }

  private async listen(): Promise<void> {
    const take: handleUnaryCall<Buffer, Buffer> = ({ request }, answer) => {
      this.spans += request.toString('latin1');
      answer(null, Buffer.alloc(0));
    };
    this.collector.addService({ Export: { ...raw, path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export' } }, { Export: take });
    this.otlpPort = await new Promise<number>((resolve, reject) => this.collector.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port))));
    await new Promise<void>((resolve) => this.sentry.listen(0, '127.0.0.1', resolve));
  }
}
