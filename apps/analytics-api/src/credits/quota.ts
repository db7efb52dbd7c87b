import { AppError, creditAmount, fromMicroCredits, normalizeCredits, QUOTA_PERIODS, toMicroCredits, type QuotaPeriod } from '@shadower/domain';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { creditsUsed } from './credits-series';
import { named } from '../http/api-doc';
import { metaOf, metaSchema } from '../analytics/meta';

const credits = z.string().meta({ description: 'exact decimal' });
const thresholds = z.array(z.int().min(1).max(1_000)).min(1).max(10).meta({ description: 'percentages of the limit; each raises one alert per period' });

export const quotaRequest = z.strictObject({
  period: z.enum(QUOTA_PERIODS).meta({ description: 'calendar period in UTC; weeks begin on Monday' }),
  limit: creditAmount.refine((amount) => /[1-9]/.test(amount), 'must be more than 0'),
  thresholds: thresholds.default([80, 100]),
});
export type QuotaRequest = z.infer<typeof quotaRequest>;

export const quotaSchema = named('Quota', z.object({ period: z.enum(QUOTA_PERIODS), limit: credits, thresholds, updated_at: z.iso.datetime() }));
export type Quota = z.infer<typeof quotaSchema>;

export const balanceSchema = named(
  'CreditsBalance',
  z.object({
    period: z.enum(QUOTA_PERIODS),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    used: credits,
    limit: credits.nullable().meta({ description: 'null without a quota' }),
    remaining: credits.nullable().meta({ description: 'negative when the limit is exceeded' }),
    meta: metaSchema,
  }),
);
export type Balance = z.infer<typeof balanceSchema>;

interface Row {
  period: QuotaPeriod;
  credit_limit: string;
  thresholds: number[];
  updated_at: Date;
}
const quotaOf = (row: Row): Quota => ({ period: row.period, limit: normalizeCredits(row.credit_limit), thresholds: row.thresholds, updated_at: row.updated_at.toISOString() });

async function find(runner: QueryRunner, workspaceId: string): Promise<Quota | undefined> {
  const [row] = (await runner.query('SELECT * FROM credit_quotas WHERE workspace_id = $1', [workspaceId])) as Row[];
  return row && quotaOf(row);
}

/** The workspace's quota. Throws AppError `not_found` when it has none. */
export async function readQuota(runner: QueryRunner, workspaceId: string): Promise<Quota> {
  const quota = await find(runner, workspaceId);
  if (!quota) throw new AppError('not_found', 'The workspace has no quota.');
  return quota;
}

export async function writeQuota(runner: QueryRunner, workspaceId: string, { period, limit, thresholds }: QuotaRequest): Promise<Quota> {
  const sorted = [...new Set(thresholds)].sort((a, b) => a - b);
  const [row] = (await runner.query(
    `INSERT INTO credit_quotas (workspace_id, period, credit_limit, thresholds) VALUES ($1, $2, $3, $4)
     ON CONFLICT (workspace_id) DO UPDATE SET period = excluded.period, credit_limit = excluded.credit_limit, thresholds = excluded.thresholds, updated_at = now() RETURNING *`,
    [workspaceId, period, limit, sorted],
  )) as [Row];
  return quotaOf(row);
}

/** The calendar period of UTC in which `now` lies. */
export function periodOf(period: QuotaPeriod, now: number): { from: Date; to: Date } {
  const date = new Date(now);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  if (period === 'month') return { from: new Date(Date.UTC(year, month)), to: new Date(Date.UTC(year, month + 1)) };
  const first = period === 'day' ? day : day - ((date.getUTCDay() + 6) % 7);
  return { from: new Date(Date.UTC(year, month, first)), to: new Date(Date.UTC(year, month, first + (period === 'day' ? 1 : 7))) };
}

/** What was consumed in the running period of the quota; without one, in the month. */
export async function balanceOf(runner: QueryRunner, workspaceId: string, now: number): Promise<Balance> {
  const quota = await find(runner, workspaceId);
  const period = quota?.period ?? 'month';
  const range = periodOf(period, now);
  const { used, dirty, at } = await creditsUsed(runner, workspaceId, range);
  const remaining = quota ? fromMicroCredits(toMicroCredits(quota.limit) - toMicroCredits(used)) : null;
  return { period, from: range.from.toISOString(), to: range.to.toISOString(), used, limit: quota?.limit ?? null, remaining, meta: metaOf(dirty, at, now) };
}
