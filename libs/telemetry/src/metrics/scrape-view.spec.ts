import { Counter, Registry } from 'prom-client';
import { BucketHistogram } from './bucket-histogram';
import { expose, OPEN_METRICS, TEXT, type Readable } from './exposition';
import { ScrapeViews } from './scrape-view';

const [a, b] = [{}, {}];
const INTERVAL_MS = 15_000;

describe('a scraper', () => {
  let answers: Counter, waits: BucketHistogram, registry: Registry, views: ScrapeViews, now: number;
  beforeEach(() => {
    registry = new Registry();
    answers = new Counter({ name: 'answers_total', help: 'Answers', labelNames: ['status'], registers: [registry] });
    waits = new BucketHistogram('wait_seconds', 'Waits', ['status'], [1], registry);
    views = new ScrapeViews();
    now = 0;
  });
  const scrape = async (connection: object, format: typeof TEXT | typeof OPEN_METRICS = TEXT): Promise<Record<string, number>> => {
    now += INTERVAL_MS;
    const text = await expose(registry.getMetricsAsArray() as unknown as Readable[], format, views.next(connection, now));
    return Object.fromEntries([...text.matchAll(/^(\w+)\{(?:le="[^"]+",)?status="(\d+)"\} (\S+)/gm)].map(([, name, status, value]) => [`${name} ${status}`, Number(value)]));
  };
  const happen = (status: string, times: number): void => {
    answers.inc({ status }, times);
    for (let time = 0; time < times; time++) waits.series({ status }).observe(2, 'abc');
  };

  it('sees a series begin at 0, so that no event is lost between two scrapes, in both formats', async () => {
    happen('200', 5);
    expect(await scrape(a)).toMatchObject({ 'answers_total 200': 0 });
    happen('503', 1_500);
    expect(await scrape(a)).toMatchObject({ 'answers_total 200': 5, 'answers_total 503': 0, 'wait_seconds_count 503': 0, 'wait_seconds_sum 503': 0, 'wait_seconds_bucket 503': 0 });
    happen('504', 1_500);
    expect(await scrape(a, OPEN_METRICS)).toMatchObject({ 'answers_total 503': 1_500, 'answers_total 504': 0 });
    expect(await scrape(a)).toMatchObject({ 'answers_total 504': 1_500, 'wait_seconds_count 504': 1_500, 'wait_seconds_sum 504': 3_000 });
  });

  it('shows no exemplar of what it does not count yet', async () => {
    happen('503', 1);
    expect(await expose(registry.getMetricsAsArray() as unknown as Readable[], OPEN_METRICS, views.next(a, 1))).not.toContain('trace_id');
    expect(await expose(registry.getMetricsAsArray() as unknown as Readable[], OPEN_METRICS, views.next(a, 2))).toContain('trace_id="abc"');
  });

  it('sees it whether or not another was there first', async () => {
    await scrape(a);
    await scrape(b);
    happen('503', 7);
    expect([await scrape(a), await scrape(b)]).toMatchObject([{ 'answers_total 503': 0 }, { 'answers_total 503': 0 }]);
    expect([await scrape(a), await scrape(b)]).toMatchObject([{ 'answers_total 503': 7 }, { 'answers_total 503': 7 }]);
  });

  it('never sees a series fall, however often it connects anew', async () => {
    let last = 0;
    for (let round = 1; round <= 50; round++) {
      happen('503', round);
      const seen = (await scrape(round % 3 === 0 ? {} : round % 3 === 1 ? a : b))['answers_total 503'] as number;
      expect(seen).toBeGreaterThanOrEqual(last);
      last = seen;
    }
    expect(last).toBe((50 * 51) / 2);
  });

  it('that comes first after long is shown what there is: the events of hours are not those of one interval', async () => {
    happen('503', 9);
    now = 3_600_000;
    expect(await scrape(a)).toMatchObject({ 'answers_total 503': 9 });
    happen('504', 9);
    now += 3_600_000;
    expect(await scrape(a)).toMatchObject({ 'answers_total 504': 9 });
    happen('500', 9);
    expect(await scrape(a)).toMatchObject({ 'answers_total 500': 0 });
  });
});
