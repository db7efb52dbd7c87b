import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js';
import { createServer } from 'node:http';

/**
 * An OTLP/gRPC collector (on OTLP_PORT) and a Sentry (on PORT) that take everything and keep nothing, so that what telemetry costs includes
 * sending it. A program of its own, so that its CPU time is nobody else's.
 */
const raw = {
  requestStream: false,
  responseStream: false,
  requestSerialize: (bytes: Buffer) => bytes,
  requestDeserialize: (bytes: Buffer) => bytes,
  responseSerialize: (bytes: Buffer) => bytes,
  responseDeserialize: (bytes: Buffer) => bytes,
};
/** An empty message is a whole ExportTraceServiceResponse: everything was taken. */
const take: handleUnaryCall<Buffer, Buffer> = (_, answer) => answer(null, Buffer.alloc(0));

const collector = new Server();
collector.addService({ Export: { ...raw, path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export' } }, { Export: take });
collector.bindAsync(`127.0.0.1:${process.env.OTLP_PORT}`, ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});

const sentry = createServer((request, response) => void request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}')));
sentry.listen(Number(process.env.PORT), '127.0.0.1');
