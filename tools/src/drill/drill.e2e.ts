import { CAUSES, SHORT_DRILL } from './causes';
import type { Cause } from './cause';
import { DrillRange } from './drill-range';
import { runDrill, type DrillRow } from './run-drill';

/** Rates still have ten scrapes in their window. */
const FACTOR = 30;

let range: DrillRange;
let rows: DrillRow[];

beforeAll(async () => {
  range = await DrillRange.start(FACTOR);
  // At the same time, for none of the three is in the way of another.
  rows = await Promise.all(SHORT_DRILL.map((name) => runDrill(range, name, CAUSES[name] as Cause)));
}, 600_000);
afterAll(() => range?.stop(), 90_000);

it.each(SHORT_DRILL)('%s fires for a real cause, is delivered, and resolves when the cause is gone', (name) => {
  expect(rows.find(({ alert }) => alert === name)).toEqual({ alert: name, cause: CAUSES[name]?.says, fired: expect.any(Number) as number, delivered: expect.any(Number) as number, resolved: expect.any(Number) as number });
});
