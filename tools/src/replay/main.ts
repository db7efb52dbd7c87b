import { join } from 'node:path';
import { DATA_DIR } from '../stack/paths';
import { ApiClient } from './api-client';
import { Checkpoint } from './checkpoint';
import { compare, comparisonTable, isEqual } from './comparison';
import { connectionTo } from './connection';
import { parseReplayArguments, REPLAY_USAGE, UsageError, type ReplayArguments } from './options';
import { overviewOf } from './overview';
import { progressOf } from './progress';
import { replay } from './replay';
import { summarise } from './trace-file';

async function run(args: ReplayArguments, signal: AbortSignal): Promise<number> {
  const { url, token } = await connectionTo(args.workspace, args);
  const api = new ApiClient({ url, token, signal, onWait: (reason, waitMs) => console.error(`${reason}; trying again in ${(waitMs / 1000).toFixed(1)} s`) });
  const summary = await summarise(args.file, args.price);
  const checkpoint = new Checkpoint(args.state ?? join(DATA_DIR, 'replay'), { url, workspace: args.workspace, fingerprint: summary.fingerprint });
  console.log(`${summary.rows} rows from ${summary.firstTime} to ${summary.lastTime} -> workspace ${args.workspace} at ${url}`);
  if (checkpoint.rows > 0) console.log(`going on after row ${checkpoint.rows}: an earlier run sent the rows before`);
  const progress = progressOf(summary.rows, checkpoint.rows);
  const began = performance.now();
  const result = await replay({ ...args, api, checkpoint, signal, onProgress: (rows) => progress.update(rows) }).finally(() => progress.stop());
  const skipped = result.skipped > 0 ? `, ${result.skipped} sent by an earlier run` : '';
  console.log(`${result.accepted} accepted, ${result.duplicate} duplicate${skipped}, in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  checkpoint.clear();
  const figures = compare(summary, await overviewOf(api, args.workspace, summary));
  console.log(comparisonTable(figures));
  if (isEqual(figures)) return 0;
  console.error('The API does not report what the file holds: does the workspace hold other events of that time, or did an earlier run use another price or file name?');
  return 1;
}

async function main(): Promise<void> {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
  try {
    // npm changes into the project's folder; the person who typed the name stood elsewhere.
    const args = parseReplayArguments(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
    if (!args) console.log(REPLAY_USAGE);
    else process.exitCode = await run(args, abort.signal);
  } catch (error) {
    if (abort.signal.aborted) console.error('\nStopped. The same command goes on from here.');
    else console.error(error instanceof UsageError ? `${error.message} (npm run replay -- --help says more)` : error instanceof Error ? error.message : error);
    process.exitCode = abort.signal.aborted ? 130 : error instanceof UsageError ? 2 : 1;
  }
}

void main();
