import pino from 'pino';
import { SonicBoom } from 'sonic-boom';
import { delivered, dropped } from '../context/delivery';

const MOST_WAITING_BYTES = 8 * 1024 * 1024;
/** How long the end of the process waits for a reader that does not read. */
const LAST_PATIENCE_MS = 1_000;
/** What would wait for a reader that is gone is written again with every line, and fails: a system call and an error for each. */
const REST_MS = 1_000;

export interface Destination {
  write(line: string): void;
  flush(): void;
}

/** Lines go to file descriptor 1 as they come; for tests and scripts, which may end at any moment. */
const direct = (): Destination => {
  const out = pino.destination({ dest: 1, sync: true });
  return { write: (line) => void out.write(line), flush: () => out.flushSync() };
};

/**
 * Lines are gathered and written without blocking. A reader that hangs or is gone costs 8 MiB and lines, never the event loop:
 * what does not fit is dropped and counted.
 */
const gathered = (): Destination => {
  // Node makes a pipe non-blocking when it opens its stream; otherwise a full pipe would hold a thread, and the process at its end, for ever.
  void process.stdout;
  let giveUpAt = Infinity;
  let restUntil = 0;
  // Not `pino.destination`: that writes at exit on its own account, and waits for ever for a reader that hangs.
  const out = new SonicBoom({ dest: 1, sync: false, minLength: 4096, periodicFlush: 100, maxLength: MOST_WAITING_BYTES, retryEAGAIN: () => Date.now() < giveUpAt });
  out.on('drop', () => dropped('logs', 'queue_full'));
  out.on('error', ({ code }: NodeJS.ErrnoException) => {
    dropped('logs', 'export_failed');
    if (code === 'EPIPE') restUntil = performance.now() + REST_MS;
  });
  out.on('drain', () => delivered('logs'));
  return {
    write: (line) => (performance.now() < restUntil ? dropped('logs', 'export_failed') : void out.write(line)),
    flush: () => {
      giveUpAt = Date.now() + LAST_PATIENCE_MS;
      try {
        out.flushSync();
      } catch {
        dropped('logs', 'export_failed');
      }
    },
  };
};

let current: Destination = direct();

/** Where every logger writes. It can be changed under them: by `start`, and by a test that captures. */
export const destination: Destination = { write: (line) => current.write(line), flush: () => current.flush() };

export function redirect(to: Destination): () => void {
  const before = current;
  current = to;
  return () => void (current = before);
}

export const writeWithoutBlocking = (): void => void redirect(gathered());
