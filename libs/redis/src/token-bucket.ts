import type { Redis } from 'ioredis';

/** One limit: `burst` tokens at most, `perSecond` of them come back every second. */
export interface Bucket {
  /** As the caller sees it, in headers. */
  name: string;
  key: string;
  perSecond: number;
  burst: number;
}

/** Whether all buckets had enough; if not, none was touched and `waitMs` says when they will. `debtMs`: how long each bucket needs to be full again. */
export interface Draw {
  allowed: boolean;
  waitMs: number;
  debtMs: number[];
}

/**
 * A bucket is one number: the moment (microseconds of Redis' clock) at which it will be full again. Drawing moves it on by what the tokens
 * take to come back; it may not lie further ahead than the whole burst takes. A clock that was set back costs a full bucket at most.
 */
export const DRAW_SCRIPT = `
if redis.replicate_commands then redis.replicate_commands() end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full, debts, over = {}, {}, 0
for i = 1, #KEYS do
  local token, depth = 1000000 / ARGV[2 * i], ARGV[2 * i + 1] * 1000000 / ARGV[2 * i]
  local at = math.min(math.max(tonumber(redis.call('GET', KEYS[i]) or 0), now), now + depth)
  full[i] = at + ARGV[1] * token
  debts[i] = math.ceil((at - now) / 1000)
  over = math.max(over, full[i] - now - depth)
end
if over > 0 then return { 0, math.ceil(over / 1000), unpack(debts) } end
for i = 1, #KEYS do
  local ms = math.ceil((full[i] - now) / 1000)
  redis.call('SET', KEYS[i], string.format('%.3f', full[i]), 'PX', ms)
  debts[i] = ms
end
return { 1, 0, unpack(debts) }`;

type DrawCommand = (keys: number, ...keysAndArguments: (string | number)[]) => Promise<number[]>;

/** Draws `cost` tokens of every bucket or of none, in one call. The keys must share a slot. Rejects as any command does. */
export function drawer(redis: Redis): (buckets: Bucket[], cost: number) => Promise<Draw> {
  redis.defineCommand('shadowerDraw', { lua: DRAW_SCRIPT });
  const command = (redis as Redis & { shadowerDraw: DrawCommand }).shadowerDraw.bind(redis);
  return async (buckets, cost) => {
    const [allowed, waitMs = 0, ...debtMs] = await command(buckets.length, ...buckets.map(({ key }) => key), cost, ...buckets.flatMap(({ perSecond, burst }) => [perSecond, burst]));
    return { allowed: allowed === 1, waitMs, debtMs };
  };
}

const MOST_BUCKETS = 10_000;

/** The same in this process's memory, for as long as Redis is away. `now` in milliseconds of any steady clock. */
export class LocalBuckets {
  private readonly fullAt = new Map<string, number>();

  draw(buckets: Bucket[], cost: number, now: number): Draw {
    const states = buckets.map(({ key, perSecond, burst }) => {
      const at = Math.max(this.fullAt.get(key) ?? 0, now);
      const next = at + (cost * 1_000) / perSecond;
      return { key, at, next, over: next - now - (burst * 1_000) / perSecond };
    });
    const over = Math.max(0, ...states.map((state) => state.over));
    const allowed = over <= 0;
    if (allowed) {
      if (this.fullAt.size >= MOST_BUCKETS) this.fullAt.clear();
      for (const { key, next } of states) this.fullAt.set(key, next);
    }
    return { allowed, waitMs: Math.ceil(over), debtMs: states.map(({ at, next }) => Math.ceil((allowed ? next : at) - now)) };
  }
}
