import type { BenchContext } from '../bench-context';
import { quantile, type Measurement } from '../measurement';
import { HISTORY_DAYS, QUERIES, queryContest, type Query } from '../query-contest';
import type { Section } from '../section';

async function run(context: BenchContext): Promise<Measurement[]> {
  const figures = await queryContest(context, 'growth', {
    histories: [
      { workspace: 'hundredth', events: 100_000, days: HISTORY_DAYS, users: 5_000 },
      { workspace: 'whole', events: 10_000_000, days: HISTORY_DAYS, users: 300_000 },
    ],
    requests: 100,
    rounds: 3,
    figure: (times) => quantile(times, 0.95),
  });
  return (Object.keys(QUERIES) as Query[]).flatMap((query): Measurement[] => {
    const [small, large] = [figures.hundredth?.[query] ?? NaN, figures.whole?.[query] ?? NaN];
    return [
      { name: `${query}, p95, 100,000 events`, value: small, unit: 'ms' },
      { name: `${query}, p95, 10,000,000 events`, value: large, unit: 'ms' },
      { name: `${query}, p95, large / small`, value: large / small, unit: 'ratio', goal: { atMost: 2 } },
    ];
  });
}

export const growth: Section = { name: 'growth', title: `Queries over ${HISTORY_DAYS} days at 10,000,000 events against 100,000`, optIn: true, run };
