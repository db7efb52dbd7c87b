import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DATA_DIR } from '../stack/paths';
import { findMonitoringProgram, MONITORING_PROGRAMS } from '../monitor/monitoring-programs';
import { findRedis } from '../stack/redis-program';
import { findChromium } from '../testing/chromium-program';
import { sweep } from '../testing/servers';
import { NO_TESTS, runJest, runTool, type Outcome } from './run-section';
import { summary, totals } from './summary';

type Section = (stop: AbortSignal) => Outcome | Promise<Outcome>;

/** In the order in which a mistake is cheapest to find. */
const SECTIONS: Record<string, Section> = {
  lint: (stop) => lint(stop),
  typecheck: (stop) => runTool('nx', ['run', 'shadower-analytics:typecheck', '--outputStyle=static'], stop),
  unit: (stop) => runJest('unit', stop),
  e2e: (stop) => runJest('e2e', stop),
};

/** All at once: a run a project (`npm run lint`) remembers what it saw, and takes several times as long when it has nothing to remember. */
async function lint(stop: AbortSignal): Promise<Outcome> {
  // The rule about boundaries reads the map of projects that Nx left, and is silent without one.
  const map = await runTool('nx', ['show', 'projects'], stop);
  return map.ok ? runTool('eslint', ['--max-warnings', '0', '.'], stop) : map;
}

/** What an end-to-end test needs beyond what npm brings; the run that is without it fails, it does not skip. */
function prepare(): Outcome {
  console.log(`Node.js ${process.version}, Redis ${findRedis(console.log)}, Chromium ${findChromium(console.log)}`);
  for (const name of MONITORING_PROGRAMS) findMonitoringProgram(name, console.log);
  return { ok: true, tests: NO_TESTS };
}

async function section(name: string, run: Section, stop: AbortSignal): Promise<{ name: string; seconds: number; outcome: Outcome }> {
  const began = performance.now();
  console.log(`\n── ${name} ${'─'.repeat(Math.max(70 - name.length, 3))}`);
  let outcome: Outcome = { ok: false, tests: NO_TESTS };
  try {
    outcome = await run(stop);
  } catch (error) {
    console.log((error as Error).message);
  }
  const seconds = (performance.now() - began) / 1000;
  console.log(`── ${name}: ${outcome.ok ? 'passed' : 'FAILED'} in ${seconds.toFixed(1)} s`);
  return { name, seconds, outcome };
}

/** Aborted when somebody asks us to end: Ctrl-C, a signal, or the end of the process that started us. */
function endAsked(): AbortSignal {
  const asked = new AbortController();
  for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect']) process.on(event, () => asked.abort());
  return asked.signal;
}

/** `npm test`: everything; `npm test -- unit e2e`: these sections. All sections run, whatever fails, for one report tells more. */
async function main(): Promise<void> {
  const asked = process.argv.slice(2);
  const unknown = asked.filter((name) => !(name in SECTIONS));
  if (unknown.length > 0) throw new Error(`no such section: ${unknown.join(', ')} (sections: ${Object.keys(SECTIONS).join(', ')})`);
  mkdirSync(join(DATA_DIR, 'test'), { recursive: true });
  const chosen = Object.entries(SECTIONS).filter(([name]) => asked.length === 0 || asked.includes(name));
  const stop = endAsked();
  const done: Awaited<ReturnType<typeof section>>[] = [];
  for (const [name, run] of chosen.some(([name]) => name === 'e2e') ? [['set-up', prepare] as const, ...chosen] : chosen) {
    if (!stop.aborted) done.push(await section(name, run, stop));
  }
  const { failed, line } = totals(done.map(({ outcome }) => outcome));
  console.log(summary(done));
  process.exitCode = failed > 0 ? 1 : 0;
  console.log(line);
  if (!stop.aborted) return;
  console.log('stopped before the end; ending what the tests had started');
  process.exitCode = 1;
  await sweep();
}

main()
  .catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  })
  .finally(() => process.connected && process.disconnect());
