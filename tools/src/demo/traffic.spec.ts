import { eventSchema, toMicroCredits } from '@shadower/domain';
import { busyness, compressedMoment } from './rhythm';
import { SeededRandom } from './seeded-random';
import { Traffic, type TrafficEvent } from './traffic';

const HOUR = 3_600_000;
const MONDAY = Date.parse('2026-03-02T00:00:00Z');
const trafficOf = (seed: string, rate = 2) => new Traffic({ seed, workspaces: ['acme', 'globex'], rate, startMs: MONDAY });

const collect = (traffic: Traffic, hours: number, stepMs: number): TrafficEvent[] => {
  const all: TrafficEvent[] = [];
  for (let time = MONDAY; time < MONDAY + hours * HOUR; time += stepMs) all.push(...traffic.until(Math.min(time + stepMs, MONDAY + hours * HOUR)));
  return all;
};
const of = (all: TrafficEvent[], workspace: string) => all.filter((one) => one.workspace === workspace).map((one) => one.event);

describe('SeededRandom', () => {
  it('gives the same numbers for the same seed and others for another', () => {
    const numbers = (seed: string) => Array.from({ length: 5 }, ((random) => () => random.next())(new SeededRandom(seed)));
    expect(numbers('a')).toEqual(numbers('a'));
    expect(numbers('a')).not.toEqual(numbers('b'));
  });

  it('is uniform enough, and log-normal around its median', () => {
    const random = new SeededRandom('shape');
    const uniform = Array.from({ length: 20_000 }, () => random.next());
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniform)).toBeLessThan(1);
    expect(uniform.reduce((a, b) => a + b) / uniform.length).toBeCloseTo(0.5, 1);
    const below = Array.from({ length: 20_000 }, () => random.logNormal(100, 0.8)).filter((n) => n < 100).length;
    expect(below / 20_000).toBeCloseTo(0.5, 1);
  });
});

describe('busyness', () => {
  it('is high at work, low at night and on Sundays, in the local time of the workspace', () => {
    const at = (hour: number, offset = 0) => busyness(MONDAY + hour * HOUR, offset);
    expect(at(10)).toBeGreaterThan(0.8);
    expect(at(3)).toBeLessThan(0.2);
    expect(at(10 - 5.5, 5.5)).toBeCloseTo(at(10), 6);
    expect(busyness(MONDAY - 14 * HOUR, 0)).toBeLessThan(at(10) / 2);
  });

  it('passes a whole working day in the time that it is given, beginning in the morning', () => {
    const values = Array.from({ length: 60 }, (_, n) => busyness(compressedMoment(n * 10_000, 600_000), 0));
    expect(values[0]).toBeGreaterThan(0.6);
    expect(Math.max(...values) / Math.min(...values)).toBeGreaterThan(6);
    expect(busyness(compressedMoment(600_000 * 5 + 1, 600_000), 0)).toBeCloseTo(values[0] as number, 3);
  });
});

describe('Traffic', () => {
  const day = collect(trafficOf('demo'), 24, 10 * 60_000);

  it('is the same for the same seed, whatever the steps in which it is asked for', () => {
    const fine = collect(trafficOf('demo'), 3, 1_000);
    expect(of(fine, 'acme')).toEqual(of(collect(trafficOf('demo'), 3, HOUR), 'acme'));
    expect(of(fine, 'acme')).not.toEqual(of(collect(trafficOf('other'), 3, HOUR), 'acme'));
  });

  it('makes only events that the API accepts, each with its own id, in the order of time', () => {
    for (const workspace of ['acme', 'globex']) {
      const events = of(day, workspace);
      expect(events.map((event) => eventSchema.parse(event))).toEqual(events);
      expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
      expect(events.map((event) => event.time)).toEqual(events.map((event) => event.time).sort());
    }
  });

  it('reaches the rate that was asked for at the busiest hour', () => {
    const hour = (workspace: string, from: number) => of(day, workspace).filter(({ time }) => Math.floor((Date.parse(time) - MONDAY) / HOUR) === from).length / 3_600;
    const busiest = Array.from({ length: 24 }, (_, h) => Math.max(hour('acme', h)));
    expect(Math.max(...busiest)).toBeGreaterThan(2 * (2 / 3) * 0.8);
    expect(Math.max(...busiest)).toBeLessThan(2 * (2 / 3) * 1.25);
    expect(Math.min(...busiest)).toBeLessThan(Math.max(...busiest) / 4);
  });

  it('ends each execution once, with a status and a cost that fit', () => {
    const events = of(day, 'acme');
    const started = new Map(events.filter(({ type }) => type === 'execution.started').map((event) => [event.execution_id, event]));
    const ended = events.filter(({ type }) => type === 'execution.completed' || type === 'execution.failed');
    expect(new Set(ended.map((event) => event.execution_id)).size).toBe(ended.length);
    expect(ended.length).toBeGreaterThan(started.size * 0.97);
    for (const event of ended) {
      expect(Date.parse(event.time) - Date.parse(started.get(event.execution_id)?.time ?? '')).toBe(event.data?.duration_ms);
      expect(event.type === 'execution.completed').toBe(event.data?.status === 'succeeded');
      expect(toMicroCredits(event.data?.credits ?? '')).toBeGreaterThanOrEqual(0n);
    }
    expect(new Set(ended.map((event) => event.data?.status))).toEqual(new Set(['succeeded', 'failed', 'cancelled', 'timed_out']));
    const failed = ended.filter(({ type }) => type === 'execution.failed').length / ended.length;
    expect(failed).toBeGreaterThan(0.005);
    expect(failed).toBeLessThan(0.2);
  });

  it('lets people return: fewer come on a day than in a week, and fewer in a week than in a month', () => {
    const month = of(collect(trafficOf('people', 0.05), 28 * 24, 6 * HOUR), 'acme');
    const since = (days: number) => new Set(month.filter(({ time }) => Date.parse(time) >= MONDAY + (28 - days) * 24 * HOUR).map((event) => event.user_id)).size;
    const workday = new Set(month.filter(({ time }) => time.startsWith('2026-03-25')).map((event) => event.user_id)).size;
    expect(workday).toBeLessThan(since(7));
    expect(since(7)).toBeLessThan(since(28));
    expect(since(28)).toBeLessThanOrEqual(120);
  });
});
