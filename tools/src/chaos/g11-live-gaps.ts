import { setTimeout as sleep } from 'node:timers/promises';
import type { Arena, Part } from './arena';
import { LiveAudience } from './live-audience';
import { tallied, type ChaosPromise } from './promise';

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

export const liveGaps: ChaosPromise = {
  name: 'G11',
  says: 'a live client learns of every gap',
  rounds: { short: 3, long: 100 },
  roundSeconds: 60,
  async run({ arena, seed, random, rounds, leniency, doing }) {
    const patienceMs = PATIENCE_MS * leniency;
    const count = Math.min(CLIENTS_A_ROUND * rounds, 500);
    const audience = await LiveAudience.start({ redisUrl: arena.links.redis.url, workspace: `chaos-${seed}`, count, gateway: () => arena.stack.urls['websocket-gateway'], patienceMs });
    const [problems, killed]: [string[], Part[]] = [[], []];
    let recoveryMs = 0;
    try {
      for (let round = 0; round < rounds && problems.length === 0; round += 1) {
        await sleep(random.integer(100, 1_000));
        const victims = VICTIMS[round % VICTIMS.length] as readonly Part[];
        doing(`round ${round + 1}: kill -9 of ${victims.join(', ')}`);
        const at = performance.now();
        await killAndRevive(arena, victims, random.integer(0, 500));
        killed.push(...victims);
        const deaf = await audience.deafOnes(patienceMs);
        recoveryMs = Math.max(recoveryMs, performance.now() - at);
        if (deaf > 0) problems.push(`${deaf} clients heard nothing more after round ${round + 1}`);
      }
      const { events, refused, silent, repeated, announced } = await audience.judge();
      if (silent > 0) problems.push(`${silent} silent gaps`);
      return { faults: tallied('kill -9', killed), recoveryMs, figures: `${count} clients, ${events} events (${refused} that Redis did not take), ${announced} gaps announced, ${silent} silent, ${repeated} told twice`, problems };
    } finally {
      await audience.stop();
    }
  },
};
