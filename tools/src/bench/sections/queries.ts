import type { BenchContext } from '../bench-context';
import { median, type Measurement } from '../measurement';
import { HISTORY_DAYS, QUERIES, queryContest, type Query } from '../query-contest';
import type { Section } from '../section';

/** The others are printed beside; what all of them may grow by is the goal of `growth`. */
const PROMISED: readonly Query[] = ['credits', 'active users'];

async function run(context: BenchContext): Promise<Measurement[]> {
  const figures = await queryContest(context, 'queries', {
    histories: [
      { workspace: 'small', events: 10_000, days: HISTORY_DAYS, users: 500 },
      { workspace: 'large', events: 1_000_000, days: HISTORY_DAYS, users: 20_000 },
    ],
    requests: 20,
    rounds: 7,
    figure: median,
  });
  return (Object.keys(QUERIES) as Query[]).flatMap((query): Measurement[] => {
    const [small, large] = [figures.small?.[query] ?? NaN, figures.large?.[query] ?? NaN];
    return [
      { name: `${query}, 10,000 events`, value: small, unit: 'ms' },
      { name: `${query}, 1,000,000 events`, value: large, unit: 'ms' },
      { name: `${query}, large / small`, value: large / small, unit: 'ratio', ...(PROMISED.includes(query) ? { goal: { atMost: 1.5 } } : {}) },
    ];
  });
}

export const queries: Section = { name: 'queries', title: `Queries over ${HISTORY_DAYS} days at 1,000,000 events against 10,000`, run };
