import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type CollectGarbage = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

/**
 * Loading thousands of modules leaves some 75 MB of garbage, which V8 gives back only after a minute or two without work.
 * Called once, before the first request, it costs about 150 ms and takes a fresh process from 215 MB to 140 MB.
 */
export function collectStartupGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as CollectGarbage)({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
