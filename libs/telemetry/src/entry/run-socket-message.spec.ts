import { currentContext } from '../context/request-context';
import { onUnexpected } from '../context/unexpected';
import { captureLogs } from '../testing/capture-logs';
import { collectSpans } from '../testing/collect-spans';
import { readMetric } from '../testing/read-metric';
import { getLogger } from '../logging/logger';
import { withSpan } from '../tracing/span';
import { runSocketMessage } from './run-socket-message';

const reported: unknown[] = [];
onUnexpected((error) => void reported.push(error));
const message = { connection_id: 'c', user_id: 'u', message_type: 'sub', direction: 'in' as const };

describe('runSocketMessage', () => {
  let logs: ReturnType<typeof captureLogs>;
  let collected: ReturnType<typeof collectSpans>;
  beforeAll(() => void (collected = collectSpans()));
  afterAll(() => collected.stop());
  beforeEach(() => void (logs = captureLogs()));
  afterEach(() => logs.stop());

  it('counts the message and gives its handler the context, sync and async', async () => {
    expect(runSocketMessage(message, () => currentContext())).toEqual({ connection_id: 'c', user_id: 'u' });
    expect(await runSocketMessage({ ...message, message_type: 'nonsense' }, async () => currentContext())).toEqual({ connection_id: 'c', user_id: 'u' });
    expect(await readMetric('websocket_messages_total', { direction: 'in', message_type: 'sub' })).toBe(1);
    expect(await readMetric('websocket_messages_total', { direction: 'in', message_type: 'unknown' })).toBe(1);
  });

  it('logs and reports a bug once and passes it on, an expected error without', async () => {
    expect(() => runSocketMessage(message, () => { throw new Error('sync bug'); })).toThrow('sync bug');
    await expect(runSocketMessage(message, () => Promise.reject(new Error('async bug')))).rejects.toThrow('async bug');
    await expect(runSocketMessage(message, () => Promise.reject(Object.assign(new Error('no'), { expected: true })))).rejects.toThrow('no');
    expect(reported).toHaveLength(2);
    expect(logs.lines.map(({ level, connection_id }) => [level, connection_id])).toEqual([['error', 'c'], ['error', 'c']]);
  });

  it('begins a trace for what a client says, so that its lines and queries have one', () => {
    const before = collected.spans().length;
    withSpan('upgrade', {}, () => runSocketMessage(message, () => {
      getLogger('live').info({}, 'subscribing');
      return withSpan('query', {}, () => undefined);
    }));
    runSocketMessage({ ...message, direction: 'out' }, () => undefined);
    const made = collected.spans().slice(before);
    const [query, received, upgrade] = made;
    expect(made.map(({ name }) => name)).toEqual(['query', 'websocket in', 'upgrade']);
    expect(received?.parentSpanContext).toBeUndefined();
    expect(received?.spanContext().traceId).not.toBe(upgrade?.spanContext().traceId);
    expect(query?.parentSpanContext?.spanId).toBe(received?.spanContext().spanId);
    expect(logs.lines).toMatchObject([{ trace_id: received?.spanContext().traceId, connection_id: 'c', user_id: 'u' }]);
  });

  it('hangs its span on what caused the message', () => {
    runSocketMessage({ ...message, direction: 'out', trace: { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` } }, () => undefined);
    expect(collected.spans().at(-1)).toMatchObject({ name: 'websocket out', parentSpanContext: { traceId: '1'.repeat(32), spanId: '2'.repeat(16) } });
  });
});
