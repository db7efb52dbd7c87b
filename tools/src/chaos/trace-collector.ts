import { Server, ServerCredentials, status, type handleUnaryCall } from '@grpc/grpc-js';

const asItIs = (bytes: Buffer): Buffer => bytes;
const EXPORT = {
  path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  requestStream: false,
  responseStream: false,
  requestSerialize: asItIs,
  requestDeserialize: asItIs,
  responseSerialize: asItIs,
  responseDeserialize: asItIs,
} as const;

/** A collector of traces that speaks OTLP over gRPC, keeps nothing, and takes exports or refuses them. */
export class TraceCollector {
  /** Exports that it took. */
  taken = 0;
  /** Answers every export with UNAVAILABLE. */
  refuses = false;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<TraceCollector> {
    const server = new Server();
    const take: handleUnaryCall<Buffer, Buffer> = (_, answer) => {
      if (collector.refuses) return answer({ code: status.UNAVAILABLE, details: 'the collector refuses' });
      collector.taken += 1;
      // An empty message is a whole ExportTraceServiceResponse: everything was taken.
      answer(null, Buffer.alloc(0));
    };
    server.addService({ Export: EXPORT }, { Export: take });
    const port = await new Promise<number>((resolve, reject) => server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))));
    const collector = new TraceCollector(server, `http://127.0.0.1:${port}`);
    return collector;
  }

  stop(): void {
    this.server.forceShutdown();
  }
}
