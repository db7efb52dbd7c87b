import { trace } from '@opentelemetry/api';
import { edgeContext } from './edge-context';

const header = (flags: string) => ({ traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-${flags}` });
const parentOf = (headers: Record<string, string>, ratio: number, random: number) => trace.getSpanContext(edgeContext(headers, ratio, () => random));

describe('edgeContext', () => {
  it('keeps the trace id of the caller', () => expect(parentOf(header('01'), 1, 0.5)).toMatchObject({ traceId: 'a'.repeat(32), traceFlags: 1 }));
  it('does not let a caller force its trace to be kept', () => expect(parentOf(header('01'), 0.1, 0.5)).toMatchObject({ traceId: 'a'.repeat(32), traceFlags: 0 }));
  it('keeps its own share of what callers want kept', () => expect(parentOf(header('01'), 0.1, 0.05)).toMatchObject({ traceFlags: 1 }));
  it('respects a caller that wants no trace', () => expect(parentOf(header('00'), 1, 0)).toMatchObject({ traceFlags: 0 }));
  it('lets nothing else of the caller through', () => expect(parentOf({ ...header('01'), tracestate: 'vendor=anything' }, 1, 0)?.traceState).toBeUndefined());
  it.each(['garbage', '00-0-0-01', `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`])('starts afresh on %s', (traceparent) => expect(parentOf({ traceparent }, 1, 0)).toBeUndefined());
});
