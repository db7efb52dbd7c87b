import { Server, ServerCredentials, status, type handleUnaryCall } from '@grpc/grpc-js';
import { parse } from 'protobufjs';

/** The part of OTLP that these tests look at; fields that are not named here are skipped by protobuf. */
const { root } = parse(`syntax = "proto3"; package otlp;
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span { bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6; repeated KeyValue attributes = 9; repeated Event events = 11; Status status = 15; }
  message Event { string name = 2; repeated KeyValue attributes = 3; }
  message Status { string message = 2; int32 code = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; ArrayValue array_value = 5; } }
  message ArrayValue { repeated AnyValue values = 1; }`);
const requestType = root.lookupType('otlp.Request');

type Attributes = Record<string, unknown>;
interface RawAttribute {
  key: string;
  value?: Record<string, unknown>;
}
export interface ReceivedSpan {
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  attributes: Attributes;
  resource: Attributes;
  events: { name: string; attributes: Attributes }[];
  status: { code: number; message: string };
}
interface RawSpan {
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  attributes: RawAttribute[];
  events: { name: string; attributes: RawAttribute[] }[];
  status?: { code: number; message: string };
}
interface RawRequest {
  resourceSpans: { resource: { attributes: RawAttribute[] }; scopeSpans: { spans: RawSpan[] }[] }[];
}

const attributes = (list: RawAttribute[]): Attributes => Object.fromEntries(list.map(({ key, value }) => [key, value && Object.values(value)[0]]));
const hex = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');

function spansOf(bytes: Buffer): ReceivedSpan[] {
  const request = requestType.toObject(requestType.decode(bytes), { bytes: String, longs: Number, defaults: false, arrays: true }) as RawRequest;
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        name: span.name,
        kind: span.kind,
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: span.parentSpanId ? hex(span.parentSpanId) : '',
        attributes: attributes(span.attributes),
        resource: attributes(resource.attributes),
        events: span.events.map((event) => ({ name: event.name, attributes: attributes(event.attributes) })),
        status: span.status ?? { code: 0, message: '' },
      })),
    ),
  );
}

/** A real OTLP/gRPC collector on loopback, in plain text or over TLS. `refuse` answers every export with an error. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** Everything that came over the wire, as text, to look for what must not be there. */
  raw = '';
  refuse = false;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(tls?: { key: string; certificate: string }): Promise<OtlpReceiver> {
    const server = new Server();
    const holder: { receiver?: OtlpReceiver } = {};
    const take: handleUnaryCall<Buffer, Buffer> = ({ request }, answer) => {
      const receiver = holder.receiver as OtlpReceiver;
      if (receiver.refuse) return answer({ code: status.UNAVAILABLE, details: 'refused by the test' });
      receiver.raw += request.toString('latin1');
      receiver.spans.push(...spansOf(request));
      answer(null, Buffer.alloc(0));
    };
    const bytes = (value: Buffer): Buffer => value;
    const shape = { requestStream: false, responseStream: false, requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes } as const;
    server.addService({ Export: { ...shape, path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export' } }, { Export: take });
    const credentials = tls ? ServerCredentials.createSsl(null, [{ private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.certificate) }]) : ServerCredentials.createInsecure();
    const port = await new Promise<number>((resolve, reject) => server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))));
    return (holder.receiver = new OtlpReceiver(server, port));
  }

  stop(): void {
    this.server.forceShutdown();
  }
}
