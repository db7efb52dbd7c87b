import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../stack/until';
import { Arena } from './arena';
import { checkLedger } from './check-ledger';
import { Clients } from './clients';
import { ledgerProblems, tallied, type ChaosPromise } from './promise';

/** An empty cluster with its first segments of the log takes some 50 MB, and ten rounds of events with their log 80 more; below 16 MB PostgreSQL has no room for another segment, whatever we free. */
const DISK_MB = 256;
const FULL_MS = 4_000;
const WRITES_AGAIN_MS = 10_000;

function mountDisk(): { folder: string; unmount: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'shadower-disk-'));
  const unmount = (): void => {
    execFileSync('umount', [folder]);
    rmdirSync(folder);
  };
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'shadower', folder], { stdio: 'pipe' });
  } catch (error) {
    rmdirSync(folder);
    throw new Error('a disk of our own to fill needs the right to mount a tmpfs', { cause: error });
  }
  chmodSync(folder, 0o755);
  return { folder, unmount };
}

/** Takes what room there is, but for so little that PostgreSQL notices at once. */
function fill(folder: string): () => void {
  const file = join(folder, 'filler');
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(file, Buffer.alloc(Math.max(0, bavail * bsize - 65_536)));
  return () => rmSync(file);
}

export const fullDisk: ChaosPromise = {
  name: 'G7',
  says: 'a full disk is an error, not a loss, and passes when there is room again',
  rounds: { short: 1, long: 10 },
  roundSeconds: 90,
  async run({ seed, rounds, leniency, doing }) {
    const workspace = `chaos-${seed}`;
    const { folder, unmount } = mountDisk();
    let arena: Arena | undefined;
    try {
      const own = (arena = await Arena.start(join(folder, 'postgres')));
      let [crashes, full] = [0, 0];
      let recoveryMs = 0;
      const clients = await new Clients({ url: () => own.api, workspace, seed, pauseMs: 10 }).start();
      for (let round = 0; round < rounds; round += 1) {
        doing(`round ${round + 1}`);
        await sleep(1_000);
        const refused = clients.failures.length;
        const free = fill(folder);
        await sleep(FULL_MS);
        free();
        if (clients.failures.length > refused) full += 1;
        const at = performance.now();
        // PostgreSQL ends itself when it cannot write its log; whoever runs it starts it again.
        if (await Promise.race([own.postgres.exit.then(() => true), sleep(500).then(() => false)])) {
          crashes += 1;
          await own.revive('postgres');
        }
        recoveryMs = Math.max(recoveryMs, (await until(() => clients.firstAfter(at), 60_000)) ?? Number.POSITIVE_INFINITY);
      }
      await clients.stop();
      doing('the comparison');
      const ledger = await checkLedger(own, workspace, clients);
      const problems = ledgerProblems(ledger);
      if (full < rounds) problems.push(`the disk was full ${full} times instead of ${rounds}`);
      const unclear = clients.failures.filter(({ status }) => status !== 503);
      if (unclear.length > 0) problems.push(`${unclear.length} refusals were no 503, such as ${JSON.stringify(unclear[0])}`);
      if (recoveryMs > WRITES_AGAIN_MS * leniency) problems.push(`writes again after ${recoveryMs.toFixed(0)} ms`);
      const answers = tallied('refusals', clients.failures.map(({ status }) => String(status)));
      return { faults: `a disk of ${DISK_MB} MB full ${full} x`, ledger, recoveryMs, figures: `${answers}; PostgreSQL ended ${crashes} x`, problems };
    } finally {
      await arena?.stop();
      unmount();
    }
  },
};
