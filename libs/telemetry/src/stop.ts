type Stop = (patienceMs: number) => Promise<unknown>;

const stops: Stop[] = [];

/** What must have left the process before it ends; `start` fills this in. */
export const beforeExit = (stop: Stop): void => void stops.push(stop);

const PATIENCE_MS = 3_000;

/** Flushes all signals at the same time. A receiver that is down, hangs or refuses costs 3 s and never an error. */
export async function flushTelemetry(): Promise<void> {
  const patience = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE_MS).unref());
  await Promise.race([patience, Promise.allSettled(stops.map((stop) => Promise.resolve().then(() => stop(PATIENCE_MS - 500))))]);
}
