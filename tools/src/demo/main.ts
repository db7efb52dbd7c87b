import { ApiClient } from '../replay/api-client';
import { connectionTo } from '../replay/connection';
import { UsageError } from '../replay/options';
import { runningStack } from '../stack/running-stack';
import { backfill, live } from './demo';
import { LiveListener } from './live-listener';
import { DEMO_USAGE, parseDemoArguments, type DemoArguments } from './options';
import { StatusLine } from './status-line';
import { Tally } from './tally';

interface Parties {
  clients: Map<string, ApiClient>;
  listeners: LiveListener[];
}

/** A client and a listener for each workspace. */
async function meet(args: DemoArguments, tally: Tally, signal: AbortSignal): Promise<Parties> {
  const parties: Parties = { clients: new Map(), listeners: [] };
  const gateway = args.live ?? (args.url ? undefined : runningStack()?.urls?.['websocket-gateway']);
  for (const workspace of args.workspaces) {
    const { url, token } = await connectionTo(workspace, args);
    const onWait = (reason: string, waitMs: number) => console.error(`\n${reason}; trying again in ${(waitMs / 1000).toFixed(1)} s`);
    // Endless traffic outlasts any restart of the API.
    parties.clients.set(workspace, new ApiClient({ url, token, signal, onWait, patienceMs: Number.POSITIVE_INFINITY }));
    if (gateway) parties.listeners.push(new LiveListener({ url: gateway, workspace, token, onFrame: (message) => tally.heard(message) }));
  }
  return parties;
}

async function run(args: DemoArguments, signal: AbortSignal): Promise<void> {
  const tally = new Tally(Date.now());
  const status = new StatusLine();
  const { clients, listeners } = await meet(args, tally, signal);
  const options = { ...args, clients, tally, signal, onTick: () => status.show(tally.line(Date.now()), Date.now()) };
  console.log(`traffic of ${args.workspaces.join(', ')}; Ctrl-C ends it`);
  try {
    if (args.backfillDays > 0) await backfill(options, args.backfillDays);
    await live(options);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    for (const listener of listeners) listener.close();
    status.end(tally.line(Date.now()));
  }
}

async function main(): Promise<void> {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
  try {
    const args = parseDemoArguments(process.argv.slice(2));
    if (!args) return console.log(DEMO_USAGE);
    const timer = args.forSeconds && setTimeout(() => abort.abort(), args.forSeconds * 1_000);
    await run(args, abort.signal).finally(() => clearTimeout(timer));
  } catch (error) {
    console.error(error instanceof UsageError ? `${error.message} (npm run demo -- --help says more)` : error instanceof Error ? error.message : error);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

void main();
