import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIVE_PATH } from '@shadower/domain';
import { connect, TicketStore } from '@shadower/redis';
import { getLogger } from '@shadower/telemetry';
import { until } from '../stack/until';
import type { Arena, Part } from './arena';
import { LivePublisher } from './live-publisher';
import { LiveViewer } from './live-viewer';
import { tallied, type ChaosPromise } from './promise';
import { repeatedEvents, silentGaps } from './silent-gaps';

/** At most 500. */
const CLIENTS_A_ROUND = 50;
const PATIENCE_MS = 30_000;
/** Each round some of these are killed, the gateway most often alone. */
const VICTIMS: readonly (readonly Part[])[] = [['websocket-gateway'], ['redis'], ['redis', 'websocket-gateway']];

async function killAndRevive(arena: Arena, victims: readonly Part[], pauseMs: number): Promise<void> {
  await Promise.all(victims.map((part) => arena.kill(part)));
  await sleep(pauseMs);
  for (const part of victims) await arena.revive(part);
}

/** Resolves when all have heard something that was published after now; how many have not when patience is at its end. */
async function deafOnes(viewers: readonly LiveViewer[], publisher: LivePublisher, patienceMs: number): Promise<number> {
  const n = await publisher.nextTaken(patienceMs);
  const deaf = (): number => viewers.filter(({ last }) => n === undefined || last < n).length;
  await until(() => (deaf() === 0 ? true : undefined), patienceMs, 20);
  return deaf();
}

/** Silent gaps over all clients, and repetitions, which are allowed: Redis may die between taking an event and saying so. The confession of what Redis did not take may be a second behind. */
async function judge(viewers: readonly LiveViewer[], publisher: LivePublisher): Promise<{ silent: number; repeated: number; announced: number }> {
  const silent = (): number => viewers.reduce((sum, { view }) => sum + silentGaps(view, publisher.publications).length, 0);
  await until(() => (silent() === 0 ? true : undefined), 5_000, 500);
  const repeated = viewers.reduce((sum, { view }) => sum + repeatedEvents(view).length, 0);
  const announced = viewers.reduce((sum, { view }) => sum + view.filter((line) => line === 'gap').length, 0);
  return { silent: silent(), repeated, announced };
}

export const liveGaps: ChaosPromise = {
  name: 'G11',
  says: 'a live client learns of every gap',
  rounds: { short: 3, long: 100 },
  roundSeconds: 60,
  async run({ arena, seed, random, rounds, leniency, doing }) {
    const workspace = `chaos-${seed}`;
    // That Redis is lost is what is done here, not news.
    getLogger('redis').level = 'silent';
    const redis = connect(arena.links.redis.url, 'command');
    await once(redis, 'ready');
    const tickets = new TicketStore(redis);
    const url = async (): Promise<string> => {
      const ticket = await tickets.issue({ user_id: 'viewer', workspace_id: workspace, expires_at: Date.now() + 3_600_000 });
      return `${arena.stack.urls['websocket-gateway'].replace(/^http/, 'ws')}${LIVE_PATH}?ticket=${ticket}`;
    };
    const viewers = Array.from({ length: Math.min(CLIENTS_A_ROUND * rounds, 500) }, () => new LiveViewer(url));
    await until(() => (viewers.every(({ began }) => began) ? true : undefined), PATIENCE_MS * leniency);
    const publisher = await LivePublisher.start(arena.links.redis.url, workspace);
    const [problems, killed]: [string[], Part[]] = [[], []];
    let recoveryMs = 0;
    try {
      for (let round = 0; round < rounds && problems.length === 0; round += 1) {
        doing(`round ${round + 1}`);
        await sleep(random.integer(100, 1_000));
        const victims = VICTIMS[round % VICTIMS.length] as readonly Part[];
        const at = performance.now();
        await killAndRevive(arena, victims, random.integer(0, 500));
        killed.push(...victims);
        const deaf = await deafOnes(viewers, publisher, PATIENCE_MS * leniency);
        recoveryMs = Math.max(recoveryMs, performance.now() - at);
        if (deaf > 0) problems.push(`${deaf} clients heard nothing more after round ${round + 1}`);
      }
      await publisher.stop();
      const { silent, repeated, announced } = await judge(viewers, publisher);
      if (silent > 0) problems.push(`${silent} silent gaps`);
      const [count, refused] = [publisher.publications.length, publisher.publications.filter(({ taken }) => !taken).length];
      return { faults: tallied('kill -9', killed), recoveryMs, figures: `${viewers.length} clients, ${count} events (${refused} that Redis did not take), ${announced} gaps announced, ${silent} silent, ${repeated} told twice`, problems };
    } finally {
      await publisher.stop();
      for (const viewer of viewers) viewer.close();
      publisher.disconnect();
      redis.disconnect();
    }
  },
};
