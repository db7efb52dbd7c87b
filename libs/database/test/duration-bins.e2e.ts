import { freshDatabase, type TestDatabase } from '@shadower/tools/testing';
import { Client } from 'pg';
import { measured } from '../src/rollup-sql';

const LONGEST = 31_536_000_000n;

/** The smallest n with duration <= 2^(n/8), in whole numbers: duration^8 <= 2^n. */
function binOf(duration: bigint): number {
  if (duration <= 1n) return 0;
  const power = duration ** 8n;
  const bits = power.toString(2).length;
  return power === 1n << BigInt(bits - 1) ? bits - 1 : bits;
}

/** On both sides of every bound between two bins. */
const durations = Array.from({ length: 280 }, (_, n) => BigInt(Math.floor(2 ** (n / 8)))).flatMap((bound) => [bound - 1n, bound, bound + 1n]).filter((ms) => ms <= LONGEST);

it('puts every duration into the bin whose bounds hold it, powers of two too', async () => {
  const database: TestDatabase = await freshDatabase();
  const client = new Client({ connectionString: database.adminUrl });
  await client.connect();
  try {
    const events = `(SELECT 'query.run' AS type, NULL AS status, 0 AS credits, 0 AS context_tokens, 0 AS generated_tokens, d AS duration_ms FROM unnest($1::bigint[]) d) e`;
    const { rows } = await client.query<{ ms: string; duration_bins: number[] }>(measured({ ms: 'e.duration_ms' }, events), [durations.map(String)]);
    expect(rows.filter(({ ms, duration_bins }) => duration_bins[0] !== binOf(BigInt(ms)))).toEqual([]);
    expect(rows).toHaveLength(new Set(durations).size);
  } finally {
    await client.end();
    await database.drop();
  }
});
