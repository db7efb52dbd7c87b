import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DATA_DIR } from '../stack/paths';
import { findOrInstall } from '../stack/debian-program';
import { findRedis } from '../stack/redis-program';
import { findChromium } from '../testing/chromium-program';
import { NO_TESTS, runJest, runTool, type Outcome } from './run-section';
import { summary, totals } from './summary';

/** In the order in which a mistake is cheapest to find. */
const SECTIONS: Record<string, () => Outcome> = {
  lint: () => lint(),
  typecheck: () => runTool('nx', ['run', 'shadower-analytics:typecheck', '--outputStyle=static']),
  unit: () => runJest('unit'),
  e2e: () => runJest('e2e'),
};

/** All at once: a run a project (`npm run lint`) remembers what it saw, and takes several times as long when it has nothing to remember. */
function lint(): Outcome {
  // The rule about boundaries reads the map of projects that Nx left, and is silent without one.
  const map = runTool('nx', ['show', 'projects']);
  return map.ok ? runTool('eslint', ['--max-warnings', '0', '.']) : map;
}

/** What an end-to-end test needs beyond what npm brings; the run that is without it fails, it does not skip. */
function prepare(): Outcome {
  console.log(`Node.js ${process.version}, Redis ${findRedis(console.log)}, Chromium ${findChromium(console.log)}`);
  for (const name of ['prometheus', 'prometheus-alertmanager'] as const) findOrInstall({ names: [name], debianPackage: name, how: `alerts are tested on the real one, and only root may install it (Debian: sudo apt-get install ${name})` }, console.log);
  return { ok: true, tests: NO_TESTS };
}

function section(name: string, run: () => Outcome): { name: string; seconds: number; outcome: Outcome } {
  const began = performance.now();
  console.log(`\n── ${name} ${'─'.repeat(Math.max(70 - name.length, 3))}`);
  const outcome = run();
  const seconds = (performance.now() - began) / 1000;
  console.log(`── ${name}: ${outcome.ok ? 'passed' : 'FAILED'} in ${seconds.toFixed(1)} s`);
  return { name, seconds, outcome };
}

/** `npm test`: everything; `npm test -- unit e2e`: these sections. All sections run, whatever fails, for one report tells more. */
function main(): void {
  mkdirSync(join(DATA_DIR, 'test'), { recursive: true });
  const asked = process.argv.slice(2);
  const unknown = asked.filter((name) => !(name in SECTIONS));
  if (unknown.length > 0) throw new Error(`no such section: ${unknown.join(', ')} (sections: ${Object.keys(SECTIONS).join(', ')})`);
  const chosen = Object.entries(SECTIONS).filter(([name]) => asked.length === 0 || asked.includes(name));
  const done = [section('set-up', prepare), ...chosen.map(([name, run]) => section(name, run))];
  const { passed, failed, line } = totals(done.map(({ outcome }) => outcome));
  console.log(summary(done));
  process.exitCode = failed > 0 || passed + failed === 0 ? 1 : 0;
  console.log(line);
}

main();
