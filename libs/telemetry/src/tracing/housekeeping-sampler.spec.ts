import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { AlwaysOnSampler, SamplingDecision } from '@opentelemetry/sdk-trace-base';
import { HousekeepingSampler } from './housekeeping-sampler';

const sampler = new HousekeepingSampler(new AlwaysOnSampler());
const request = trace.setSpanContext(ROOT_CONTEXT, { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 });
const decide = (name: string, parent = ROOT_CONTEXT) => sampler.shouldSample(parent, 'a'.repeat(32), name, SpanKind.INTERNAL, {}, []).decision;

describe('HousekeepingSampler', () => {
  it.each(['getNextJob rollup', 'moveStalledJobsToWait rollup', 'extendLocks rollup', 'startStalledCheckTimer rollup'])('drops %s', (name) => expect(decide(name)).toBe(SamplingDecision.NOT_RECORD));
  it.each(['process rollup', 'add rollup.recompute', 'GET /x'])('keeps %s', (name) => expect(decide(name)).toBe(SamplingDecision.RECORD_AND_SAMPLED));
  it('keeps what a request causes', () => expect(decide('getNextJob rollup', request)).toBe(SamplingDecision.RECORD_AND_SAMPLED));
});
