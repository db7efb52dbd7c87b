import { steppedFacts } from '@shadower/database';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { assertReadable } from '../analytics/break-down';
import { figuresOf } from '../analytics/figures';
import { METRICS, SUMS, type Sums } from '../analytics/metric';
import { rangeQuery, type TimeRange } from '../analytics/time-range';
import { named } from '../http/api-doc';
import { paged, pageOf, pageQuery, type Position } from '../http/page';
import { agentFigures } from './agent-figures';

export const agentQuery = pageQuery.extend(rangeQuery.shape);
export type AgentQuery = z.infer<typeof agentQuery>;
export const agentPage = named('AgentPage', pageOf(named('Agent', z.object({ agent_id: z.string(), ...agentFigures }))));
export type AgentPage = z.infer<typeof agentPage>;

const LIST = `WITH ${steppedFacts('agent', { workspace: '$1', from: '$2::timestamptz', to: '$3::timestamptz', bounds: 'ARRAY[$2, $3]::timestamptz[]', key: 'NULL::text' })}
SELECT key AS agent_id, ${SUMS.map((column) => `sum(${column})::text AS ${column}`).join(', ')} FROM facts WHERE key > $4 COLLATE "C" GROUP BY key ORDER BY key COLLATE "C" LIMIT $5`;

/** The agents that did something in a span, by name, and how much; `at` is where the page before ended. */
export async function agentsOf(runner: QueryRunner, workspaceId: string, { range, now, at }: { range: TimeRange; now: number; at: Position | undefined }, limit: number): Promise<AgentPage> {
  const [, after = ''] = at ?? [];
  await assertReadable(runner, workspaceId, 'agent', [range.from, range.to]);
  const found = (await runner.query(LIST, [workspaceId, range.from, range.to, after, limit + 1])) as (Sums & { agent_id: string })[];
  const { rows, next_cursor } = paged(found, limit, ({ agent_id }) => [range.to.toISOString(), agent_id, new Date(now).toISOString()]);
  return {
    items: rows.map((row) => ({ agent_id: row.agent_id, ...figuresOf(agentFigures, (metric) => METRICS[metric].of(row, new Map())) })),
    next_cursor,
  };
}
