import { alerts } from '@shadower/monitoring';
import { CAUSES, SHORT_DRILL } from './causes';

/** Alerts that the drill leaves out, each with who fires it instead. */
const WITHOUT_CAUSE: Record<string, string> = {
  Watchdog: "fires always; that it reaches the dead man's switch is tested beside `npm run monitor`",
};

it('has a cause for every alert, or says who fires it instead', () => {
  const names = alerts().map(({ alert }) => alert);
  expect([...Object.keys(CAUSES), ...Object.keys(WITHOUT_CAUSE)].sort()).toEqual(names.sort());
  for (const name of SHORT_DRILL) expect(CAUSES).toHaveProperty(name);
});
