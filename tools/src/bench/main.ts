import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { numberOption } from '../replay/options';
import { DATA_DIR } from '../stack/paths';
import { BenchContext } from './bench-context';
import { isMet, type SectionResult } from './measurement';
import { sectionTable } from './report';
import type { Section } from './section';
import { SECTIONS } from './sections';

const USAGE = `npm run bench [-- SECTION ...] [--out FILE] [--rounds N]

Measures on private servers, everything as a ratio within one run. Sections:
${SECTIONS.map(({ name, title, optIn }) => `  ${name.padEnd(10)} ${title}${optIn ? ' (only when named)' : ''}`).join('\n')}

  --out FILE   the figures as JSON (default: .data/bench-results.json)
  --rounds N   at most so many rounds, for a quick look`;

function chosen(names: string[]): Section[] {
  const unknown = names.filter((name) => !SECTIONS.some((section) => section.name === name));
  if (unknown.length > 0) throw new Error(`there is no section ${unknown.join(', ')}\n\n${USAGE}`);
  return SECTIONS.filter((section) => (names.length > 0 ? names.includes(section.name) : !section.optIn));
}

async function measure(sections: Section[], mostRounds?: number): Promise<SectionResult[]> {
  const results: SectionResult[] = [];
  const context = await BenchContext.start(mostRounds);
  const end = (): void => void context.stop().finally(() => process.exit(130));
  // 'disconnect': whoever started us is gone.
  for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.once(event, end);
  try {
    for (const section of sections) {
      console.log(`\n${section.name}: measuring ...`);
      const result = { section: section.name, title: section.title, measurements: await section.run(context) };
      results.push(result);
      console.log(sectionTable(result));
    }
    return results;
  } finally {
    process.off('disconnect', end);
    await context.stop();
  }
}

async function main(): Promise<void> {
  try {
    const { values, positionals } = parseArgs({ options: { out: { type: 'string' }, rounds: { type: 'string' }, help: { type: 'boolean', short: 'h' } }, allowPositionals: true });
    if (values.help) return console.log(USAGE);
    const began = new Date();
    const mostRounds = values.rounds === undefined ? undefined : numberOption('rounds', values.rounds, 1, 100);
    const results = await measure(chosen(positionals), mostRounds);
    const out = resolve(process.env.INIT_CWD ?? '.', values.out ?? join(DATA_DIR, 'bench-results.json'));
    mkdirSync(dirname(out), { recursive: true });
    const machine = { cores: availableParallelism(), node: process.version, platform: process.platform };
    writeFileSync(out, `${JSON.stringify({ date: began.toISOString(), machine, results }, null, 2)}\n`);
    const goals = results.flatMap(({ measurements }) => measurements.map(isMet)).filter((met) => met !== undefined);
    console.log(`\n${goals.filter(Boolean).length} of ${goals.length} goals met; figures in ${out}`);
  } catch (error) {
    console.error(error instanceof Error ? (error.stack ?? error.message) : error);
    process.exitCode = 1;
  }
}

// An open channel to whoever started us would keep a process that has done its work.
void main().finally(() => process.connected && process.disconnect());
