import { trace, type Attributes, type Context, type Link, type SpanKind } from '@opentelemetry/api';
import { SamplingDecision, type Sampler, type SamplingResult } from '@opentelemetry/sdk-trace-base';

/** What BullMQ does for itself all the time; as traces of their own these would bury the jobs. */
const HOUSEKEEPING = /(moveStalledJobs|extendLocks?|startStalledCheckTimer|getNextJob|rateLimit|trimEvents|moveToActive|waitUntilReady|heartbeat)/i;

/** Drops the root spans of queue housekeeping; everything else is for the sampler behind it. */
export class HousekeepingSampler implements Sampler {
  constructor(private readonly inner: Sampler) {}

  // OpenTelemetry fixes the six parameters.
  // eslint-disable-next-line max-params
  shouldSample(context: Context, traceId: string, name: string, kind: SpanKind, attributes: Attributes, links: Link[]): SamplingResult {
    if (HOUSEKEEPING.test(name) && !trace.getSpanContext(context)) return { decision: SamplingDecision.NOT_RECORD };
    return this.inner.shouldSample(context, traceId, name, kind, attributes, links);
  }

  toString(): string {
    return `HousekeepingSampler(${this.inner.toString()})`;
  }
}
