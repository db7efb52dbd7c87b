import { setTimeout as pause } from 'node:timers/promises';

/** The first answer that is neither undefined nor false; asks every 20 ms and throws when there is none in time. */
export async function until<T>(ask: () => Promise<T | undefined | false>, patienceMs: number): Promise<T> {
  for (const end = performance.now() + patienceMs; performance.now() < end; await pause(20)) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
  }
  throw new Error(`not within ${patienceMs} ms`);
}
