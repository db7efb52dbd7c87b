import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again every `everyMs` until the answer is not undefined; gives up after `timeoutMs` with undefined. */
export async function until<T>(ask: () => T | undefined | Promise<T | undefined>, timeoutMs: number, everyMs = 25): Promise<T | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || performance.now() >= deadline) return answer;
    await sleep(everyMs);
  }
}
