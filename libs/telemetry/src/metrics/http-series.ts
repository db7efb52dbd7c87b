import type { BucketSeries } from './bucket-histogram';
import { counter, durationSeries, gauge } from './instruments';

/** Everything that is counted about the requests of one route and method. */
export class HttpSeries {
  inProgress = 0;
  private readonly answers = new Map<number, { count: number; told: number }>();
  private readonly durations: (BucketSeries | undefined)[] = [];

  constructor(
    readonly method: string,
    readonly endpoint: string,
  ) {}

  ended(status: number, seconds: number, traceId: string | undefined): void {
    this.inProgress--;
    this.refused(status);
    const hundreds = Math.floor(status / 100);
    const durations = (this.durations[hundreds] ??= durationSeries({ method: this.method, endpoint: this.endpoint, status_class: `${hundreds}xx` as '2xx' }));
    durations.observe(seconds, traceId);
  }

  /** Counts an answer to what never became a request, so that it took no time. */
  refused(status: number): void {
    const answers = this.answers.get(status);
    if (answers) answers.count++;
    else this.answers.set(status, { count: 1, told: 0 });
  }

  /** Brings the catalogued counter and gauge up to date; once a scrape instead of at each request. */
  tell(): void {
    const { method, endpoint } = this;
    gauge('http_requests_in_progress').set({ method, endpoint }, this.inProgress);
    for (const [status, answers] of this.answers) {
      counter('http_requests_total').inc({ method, endpoint, status: String(status) }, answers.count - answers.told);
      answers.told = answers.count;
    }
  }
}

const routes = new Map<string, HttpSeries>();

/** The series of a route. `endpoint` is a template of our own code, so there is an end to them. */
export function httpSeries(method: string, endpoint: string): HttpSeries {
  const key = `${method} ${endpoint}`;
  let series = routes.get(key);
  if (!series) routes.set(key, (series = new HttpSeries(method, endpoint)));
  return series;
}

export function tellHttp(): void {
  for (const series of routes.values()) series.tell();
}
