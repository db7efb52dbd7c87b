/** Whether a scraper is shown a series for the first time. `series` is any object that lives as long as the series. */
export type ScrapeView = (series: object) => boolean;

/** After a longer pause, in milliseconds, new series show what they have: hours of events must not look like those of one interval. */
const LONGEST_PAUSE_MS = 300_000;

/**
 * Prometheus computes rates from differences, so of a series that appears with its first value it never sees that value: 1,500 answers of 503
 * between two scrapes were no errors. A scraper is therefore shown a new series as 0 first, and what it has counted from the next scrape on.
 * Scrapers are told apart by their connections, which Prometheus keeps open; on an unknown one only what nobody has seen yet begins at 0,
 * so that no series ever falls.
 */
export class ScrapeViews {
  private scrapes = 0;
  /** Milliseconds since the process began, like `now`. */
  private lastAt = 0;
  private readonly lastOf = new WeakMap<object, number>();
  private readonly firstShown = new WeakMap<object, number>();

  /** For one scrape that comes by `connection` at `now`, in milliseconds since the process began. */
  next(connection: object, now: number): ScrapeView {
    const current = ++this.scrapes;
    const before = this.lastOf.get(connection) ?? current - 1;
    const firstShownAt = now - this.lastAt <= LONGEST_PAUSE_MS ? current : 0;
    this.lastAt = now;
    this.lastOf.set(connection, current);
    return (series) => {
      let first = this.firstShown.get(series);
      if (first === undefined) this.firstShown.set(series, (first = firstShownAt));
      return first > before;
    };
  }
}
