import { BUCKET_SECONDS, type ExportRequest } from '@shadower/domain';
import type { DataSource } from 'typeorm';
import { inWorkspace } from '../transaction';

/** Parts are no shorter than a bucket, within which nobody knows how events lie. */
const MOST_PARTS = 200;

/** From the first bucket of the span ($2, $3) that has events to the last, in parts of equal length. Times in seconds since 1970. */
const EVENTS = `WITH mine AS MATERIALIZED (
  SELECT extract(epoch FROM bucket)::float8 AS at, sum(events)::float8 AS events FROM rollup_15m
  WHERE workspace_id = $1 AND bucket > $2::timestamptz - interval '${BUCKET_SECONDS} seconds' AND bucket < $3::timestamptz GROUP BY bucket
),
span AS (SELECT min(at) AS begins, max(at) + ${BUCKET_SECONDS} AS ends FROM mine),
parts AS (SELECT begins, ends, least(${MOST_PARTS}, ((ends - begins) / ${BUCKET_SECONDS})::int) AS parts FROM span)
SELECT begins, (ends - begins) / parts AS length, width_bucket(at, begins, ends, parts) - 1 AS part, sum(events) AS events FROM mine, parts GROUP BY begins, ends, parts, part`;

interface Row {
  begins: number;
  length: number;
  part: number;
  events: number;
}

/**
 * Where the events of an export's span lie, so that the time of a row tells about how many come before it, whatever is picked out of them. Nobody
 * knows the number of rows before they are all written; the rollups tell this without reading an event.
 */
export class ExportSpan {
  private first?: number;

  /** `counts[n]`: the events of the n-th part of `partMs` after `from`. */
  constructor(
    private readonly from: number,
    private readonly partMs: number,
    private readonly counts: readonly number[],
  ) {}

  /** As far as it is rolled up. */
  static async read(dataSource: DataSource, workspaceId: string, { from, to }: ExportRequest): Promise<ExportSpan> {
    const rows = await inWorkspace(dataSource, workspaceId, (runner) => runner.query(EVENTS, [workspaceId, from, to]) as Promise<Row[]>);
    const counts = new Array<number>(MOST_PARTS).fill(0);
    for (const { part, events } of rows) counts[part] = events;
    const { begins, length } = rows[0] ?? { begins: 0, length: 1 };
    return new ExportSpan(begins * 1_000, length * 1_000, counts);
  }

  /** About how much is written up to a row of `time` (ms since 1970), in whole percent, 0 to 99. The first row asked about is taken for the first of the file: what was counted before it is not there any more. */
  percentAt(time: number): number {
    const begun = this.before((this.first ??= time));
    const all = this.before(Infinity) - begun;
    const share = all > 0 ? (this.before(time) - begun) / all : 0;
    return Math.min(99, Math.max(0, Math.floor(share * 100)));
  }

  private before(time: number): number {
    return this.counts.reduce((sum, count, part) => sum + count * Math.min(1, Math.max(0, (time - this.from) / this.partMs - part)), 0);
  }
}
