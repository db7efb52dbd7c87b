import { SpanStatusCode } from '@opentelemetry/api';
import { collectSpans } from '../testing/collect-spans';
import { addSpanAttributes, currentTraceId, extractTrace, injectTrace, TraceOperation, withSpan } from './span';

class Calculator {
  constructor(private readonly base: number) {}
  @TraceOperation('add')
  add(given: number): number {
    addSpanAttributes({ base: this.base });
    return this.base + given;
  }
  @TraceOperation('add_later')
  async addLater(given: number): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return this.base + given;
  }
  @TraceOperation('break')
  async break(): Promise<never> {
    await Promise.resolve();
    throw new TypeError('broken, password=hunter22');
  }
  @TraceOperation('refuse')
  refuse(): never {
    throw Object.assign(new Error('not now'), { expected: true });
  }
}

describe('tracing', () => {
  it('costs nothing and changes nothing without start', async () => {
    const calculator = new Calculator(1);
    expect(calculator.add(2)).toBe(3);
    expect(await calculator.addLater(2)).toBe(3);
    await expect(calculator.break()).rejects.toThrow(TypeError);
    expect(currentTraceId()).toBeUndefined();
    expect(injectTrace()).toEqual({});
  });

  describe('with a provider', () => {
    let collected: ReturnType<typeof collectSpans>;
    beforeAll(() => void (collected = collectSpans()));
    afterAll(() => collected.stop());
    const span = (name: string) => collected.spans().findLast((each) => each.name === name);

    it('wraps methods, sync and async, and never records arguments', async () => {
      const calculator = new Calculator(1);
      expect(calculator.add(4711)).toBe(4712);
      expect(await calculator.addLater(4711)).toBe(4712);
      expect(span('add')?.attributes).toEqual({ base: 1 });
      expect(span('add_later')?.duration[1]).toBeGreaterThan(4e6);
      expect(calculator.add.name).toBe('add');
    });

    it('records errors, redacted; an expected one does not make the span an error', async () => {
      await expect(new Calculator(1).break()).rejects.toThrow(TypeError);
      expect(span('break')?.status.code).toBe(SpanStatusCode.ERROR);
      expect(span('break')?.events[0]?.attributes).toMatchObject({ 'exception.type': 'TypeError', 'exception.message': 'broken, password=[redacted]' });
      expect(() => new Calculator(1).refuse()).toThrow('not now');
      expect(span('refuse')?.status.code).toBe(SpanStatusCode.UNSET);
    });

    it('goes on in another process by what inject and extract carry', () => {
      const carrier = withSpan('request', {}, () => injectTrace());
      withSpan('job', { parent: extractTrace(carrier) }, () => expect(carrier.traceparent).toContain(currentTraceId()));
      expect(span('job')?.parentSpanContext?.spanId).toBe(span('request')?.spanContext().spanId);
    });
  });
});
