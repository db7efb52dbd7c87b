import { fromMicroCredits, type AnalyticsEvent, type ExecutionStatus } from '@shadower/domain';
import type { Agent, Population, User } from './population';
import type { SeededRandom } from './seeded-random';

/** An event before it has an id. */
export type Draft = Omit<AnalyticsEvent, 'id' | 'time'> & { timeMs: number };

/** Credits a thousand tokens, in millionths, by model: the larger the model, the dearer. */
const PRICES: Record<string, { context: number; generated: number }> = {
  'atlas-large': { context: 3_000_000, generated: 15_000_000 },
  'atlas-small': { context: 250_000, generated: 1_250_000 },
  'nimbus-2': { context: 2_000_000, generated: 8_000_000 },
  'nimbus-2-mini': { context: 150_000, generated: 600_000 },
};
const TIMEOUT_MS = 120_000;
/** How many events a visit makes on average, to turn a rate of events into one of visits; a test holds it against the truth. */
export const EVENTS_PER_VISIT = 5.9;

const creditsOf = (agent: Agent, context: number, generated: number): string => {
  const price = PRICES[agent.model] ?? { context: 0, generated: 0 };
  return fromMicroCredits((BigInt(context) * BigInt(price.context) + BigInt(generated) * BigInt(price.generated)) / 1_000n);
};

const failureOf = (random: SeededRandom): ExecutionStatus => (random.chance(0.7) ? 'failed' : 'cancelled');

/** One run of an agent: its start and its end. A run that would last over two minutes is timed out. */
function execution(random: SeededRandom, agent: Agent, user: User, run: { id: string; timeMs: number }): Draft[] {
  const wished = Math.max(20, Math.round(random.logNormal(agent.durationMs, 0.8)));
  const status: ExecutionStatus = wished > TIMEOUT_MS ? 'timed_out' : random.chance(agent.failureRate) ? failureOf(random) : 'succeeded';
  const duration = status === 'cancelled' ? Math.round(wished * random.next()) : Math.min(wished, TIMEOUT_MS);
  const context = Math.min(200_000, Math.round(random.logNormal(agent.contextTokens, 0.7)));
  const generated = status === 'succeeded' ? Math.min(8_000, Math.round(random.logNormal(agent.generatedTokens, 0.6))) : random.integer(0, 20);
  const about = { user_id: user.id, agent_id: agent.id, execution_id: run.id };
  return [
    { ...about, type: 'execution.started', timeMs: run.timeMs, data: { status: 'running', model: agent.model } },
    {
      ...about,
      type: status === 'succeeded' ? 'execution.completed' : 'execution.failed',
      timeMs: run.timeMs + duration,
      data: { status, model: agent.model, duration_ms: duration, tokens: { context, generated }, credits: creditsOf(agent, context, generated) },
    },
  ];
}

/** What one person does in one sitting: comes, runs agents one after another, now and then looks at figures or buys something by the piece. */
export function visit(random: SeededRandom, population: Population, user: User, start: { timeMs: number; executionId: (n: number) => string }): Draft[] {
  const drafts: Draft[] = [{ type: 'user.active', timeMs: start.timeMs, user_id: user.id }];
  let timeMs = start.timeMs;
  let runs = 0;
  do {
    timeMs += Math.round(random.logNormal(8_000, 0.8));
    const pair = execution(random, random.pick(population.agents), user, { id: start.executionId(runs++), timeMs });
    drafts.push(...pair);
    timeMs = pair[1]?.timeMs ?? timeMs;
  } while (runs < 12 && random.chance(0.54));
  if (random.chance(0.35)) drafts.push({ type: 'query.run', timeMs: timeMs + random.integer(500, 20_000), user_id: user.id, data: { duration_ms: Math.round(random.logNormal(40, 0.9)), query: random.pick(['overview', 'credits', 'active-users']) } });
  if (random.chance(0.2)) drafts.push({ type: 'credits.consumed', timeMs: timeMs + random.integer(500, 20_000), user_id: user.id, data: { credits: fromMicroCredits(BigInt(random.integer(1, 400)) * 50_000n), reason: random.pick(['knowledge-index', 'storage', 'web-search']) } });
  return drafts;
}
