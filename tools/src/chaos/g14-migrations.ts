import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { OwnedChild } from '../stack/owned-child';
import { ROOT } from '../stack/paths';
import type { Arena } from './arena';
import type { ChaosPromise } from './promise';

const STARTERS = 5;
/** A start takes about a second, of which the migration itself is a small part: most kills must fall into it. */
const [FIRST_MS, LAST_MS] = [300, 1_800];

/** Every column, index, constraint, policy, function and right, as text; partitions of days by their number only, for midnight may pass. */
const SCHEMA = `
SELECT string_agg(line, E'\\n' ORDER BY line) AS schema FROM (
  SELECT format('column %s.%s %s %s %s', table_name, column_name, data_type, is_nullable, column_default) AS line FROM information_schema.columns WHERE table_schema = 'public' AND table_name !~ '_\\d{8}$'
  UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename !~ '_\\d{8}$'
  UNION ALL SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text !~ '_\\d{8}$'
  UNION ALL SELECT format('policy %s %s %s', tablename, policyname, qual) FROM pg_policies WHERE schemaname = 'public' AND tablename !~ '_\\d{8}$'
  UNION ALL SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT format('table %s %s %s %s', relname, relrowsecurity, relforcerowsecurity, relacl) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname !~ '_\\d{8}$'
  UNION ALL SELECT format('partitions %s', count(*)) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname ~ '_\\d{8}$'
) all_of_it`;

function starter(arena: Arena, url: string, index: number): OwnedChild {
  const options = { cwd: ROOT, env: { ...arena.env, DATABASE_MIGRATION_URL: url } };
  return OwnedChild.spawn({ file: process.execPath, args: [join(ROOT, 'apps/analytics-api/dist/migrate/main.js')], logFile: join(arena.dataDir, 'logs', `migrate-${index}.log`), options });
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
  async run({ arena, random, rounds }) {
    const wanted = await schemaOf(arena.ownerUrl);
    const problems: string[] = [];
    let killed = 0;
    for (let round = 0; round < rounds; round += 1) {
      const name = `chaos_migration_${round}`;
      await arena.postgres.ensureDatabase(name);
      const url = arena.postgres.adminUrl(name);
      const starters = Array.from({ length: STARTERS }, (_, index) => starter(arena, url, index));
      const ends = starters.map(async (child, index) => {
        if (index > 0) await sleep(random.integer(FIRST_MS, LAST_MS)).then(() => child.kill('SIGKILL'));
        return child.exit;
      });
      const how = await Promise.all(ends);
      killed += how.filter((end) => end.includes('SIGKILL')).length;
      const last = await starter(arena, url, STARTERS).exit;
      if (!how[0]?.includes('code 0') || !last.includes('code 0')) problems.push(`round ${round}: the one that was spared ${how[0]}, the next start ${last}`);
      if ((await schemaOf(url)) !== wanted) problems.push(`round ${round}: the schema is another one`);
      await arena.sql(`DROP DATABASE ${name} WITH (FORCE)`);
    }
    return { faults: `${STARTERS} starters ${rounds} x, kill -9 of ${killed}`, figures: `schema of ${wanted.split('\n').length} parts equal ${rounds} x`, problems };
  },
};
