import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { OwnedChild } from '../stack/owned-child';
import { ROOT } from '../stack/paths';
import { until } from '../stack/until';
import type { Arena } from './arena';
import type { ChaosPromise } from './promise';

const STARTERS = 5;
/** When those are killed who start together: most of them wait for the one that works. */
const [FIRST_MS, LAST_MS] = [300, 1_800];
const AT_WORK = `SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE l.locktype = 'advisory' AND l.granted AND d.datname = $1`;

/** Every column, index, constraint, policy, function and right, as text; partitions of days by their number only, for midnight may pass. */
const SCHEMA = `
SELECT string_agg(line, E'\\n' ORDER BY line) AS schema FROM (
  SELECT format('column %s.%s %s %s %s', table_name, column_name, data_type, is_nullable, column_default) AS line FROM information_schema.columns WHERE table_schema = 'public' AND table_name !~ '_\\d{8}$'
  UNION ALL SELECT format('index %s %s', pg_get_indexdef(indexrelid), indisvalid) FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid WHERE relnamespace = 'public'::regnamespace AND relname !~ '_\\d{8}$'
  UNION ALL SELECT 'trigger ' || pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE relnamespace = 'public'::regnamespace AND NOT tgisinternal AND relname !~ '_\\d{8}$'
  UNION ALL SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text !~ '_\\d{8}$'
  UNION ALL SELECT format('policy %s %s %s %s %s %s', tablename, policyname, cmd, roles, qual, with_check) FROM pg_policies WHERE schemaname = 'public' AND tablename !~ '_\\d{8}$'
  UNION ALL SELECT format('function %s %s', pg_get_functiondef(oid), proacl) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT format('table %s %s %s %s', relname, relrowsecurity, relforcerowsecurity, relacl) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S', 'v', 'm') AND relname !~ '_\\d{8}$'
  UNION ALL SELECT format('partitions %s', count(*)) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname ~ '_\\d{8}$'
) all_of_it`;

function starter(arena: Arena, url: string, index: number): OwnedChild {
  const options = { cwd: ROOT, env: { ...arena.env, DATABASE_MIGRATION_URL: url } };
  return OwnedChild.spawn({ file: process.execPath, args: [join(ROOT, 'apps/analytics-api/dist/migrate/main.js')], logFile: join(arena.dataDir, 'logs', `migrate-${index}.log`), options });
}

interface Fresh {
  name: string;
  url: string;
}

async function freshDatabase(arena: Arena, name: string): Promise<Fresh> {
  await arena.postgres.ensureDatabase(name);
  return { name, url: arena.postgres.adminUrl(name) };
}

/** Lets one alone work for so long and kills it, unless it has ended. `ms`: how long it worked. */
async function killAtWork(arena: Arena, { name, url }: Fresh, afterMs: number): Promise<{ hit: boolean; ms: number }> {
  const watcher = new Client({ connectionString: arena.ownerUrl });
  await watcher.connect();
  const child = starter(arena, url, 0);
  await until(async () => (!child.running || (await watcher.query(AT_WORK, [name])).rowCount ? true : undefined), 60_000, 1);
  const began = performance.now();
  await Promise.race([child.exit, sleep(afterMs, undefined, { ref: false })]);
  child.kill('SIGKILL');
  const hit = (await child.exit).includes('SIGKILL');
  const ms = performance.now() - began;
  await watcher.end();
  return { hit, ms };
}

async function schemaOf(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<{ schema: string }>(SCHEMA)).rows[0]?.schema ?? '';
  } finally {
    await client.end();
  }
}

export const migrations: ChaosPromise = {
  name: 'G14',
  says: 'migrations are safe under five starters and kills: the schema is that of a clean run',
  rounds: { short: 2, long: 50 },
  roundSeconds: 60,
  async run({ arena, random, rounds, doing }) {
    const clean = await freshDatabase(arena, 'chaos_migration_clean');
    const worked = await killAtWork(arena, clean, 60_000);
    const wanted = await schemaOf(clean.url);
    const problems: string[] = worked.hit ? ['a clean run did not end within a minute'] : [];
    let [killed, hits, equal, workMs] = [0, 0, 0, worked.ms];
    for (let round = 0; round < rounds; round += 1) {
      doing(`round ${round + 1}`);
      const fresh = await freshDatabase(arena, `chaos_migration_${round}`);
      const { name, url } = fresh;
      const { hit, ms } = await killAtWork(arena, fresh, random.integer(0, Math.floor(workMs * 0.7)));
      hits += Number(hit);
      // One that got to its end says how long the work takes now.
      if (!hit) workMs = Math.min(workMs, ms);
      const starters = Array.from({ length: STARTERS }, (_, index) => starter(arena, url, index));
      const ends = starters.map(async (child, index) => {
        if (index > 0) await sleep(random.integer(FIRST_MS, LAST_MS)).then(() => child.kill('SIGKILL'));
        return child.exit;
      });
      const how = await Promise.all(ends);
      killed += how.filter((end) => end.includes('SIGKILL')).length;
      const last = await starter(arena, url, STARTERS).exit;
      if (!how[0]?.includes('code 0') || !last.includes('code 0')) problems.push(`round ${round}: the one that was spared ${how[0]}, the next start ${last}`);
      if ((await schemaOf(url)) === wanted) equal += 1;
      else problems.push(`round ${round}: the schema is another one`);
      await arena.sql(`DROP DATABASE ${name} WITH (FORCE)`);
    }
    if (hits < rounds / 2) problems.push(`only ${hits} of ${rounds} were killed at work`);
    return { faults: `kill -9 at work ${hits} x; ${STARTERS} starters ${rounds} x, kill -9 of ${killed}`, figures: `schema of ${wanted.split('\n').length} parts equal ${equal} of ${rounds} x`, problems };
  },
};
