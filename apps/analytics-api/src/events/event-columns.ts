import type { AnalyticsEvent } from '@shadower/domain';
import { INPUT_COLUMNS } from './ingest-statement';

const CREDITS = Object.keys(INPUT_COLUMNS).indexOf('credits');
/** `undefined` becomes NULL. */
type Cell = string | number | undefined;

/** Events as arrays of columns, as `unnest` takes them: a thousand rows are fourteen parameters. */
export class EventColumns {
  private readonly columns: Cell[][] = Object.keys(INPUT_COLUMNS).map(() => []);

  get length(): number {
    return this.columns[0]?.length ?? 0;
  }

  /** The parameters of `INGEST` after the workspace. */
  values(): Cell[][] {
    return this.columns;
  }

  add({ id, time, type, user_id, agent_id, execution_id, data = {}, traceparent }: AnalyticsEvent): void {
    const { credits, duration_ms, status, model, tokens, ...rest } = data;
    const others = isEmpty(rest) ? undefined : JSON.stringify(rest);
    this.push(id, time, type, user_id, agent_id, execution_id, status, model, credits, duration_ms, tokens?.context, tokens?.generated, others, traceparent?.slice(3, 35));
  }

  /** The credits of the rows (from 0) that `counts` names, as a metric needs them: nearly exact. */
  credits(counts: (row: number) => boolean): number {
    let sum = 0;
    this.columns[CREDITS]?.forEach((amount, index) => {
      if (amount !== undefined && counts(index)) sum += Number(amount);
    });
    return sum;
  }

  private push(...cells: Cell[]): void {
    for (let index = 0; index < cells.length; index++) this.columns[index]?.push(cells[index]);
  }
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}
