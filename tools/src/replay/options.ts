import { workspaceId } from '@shadower/domain';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_PRICE, parsePrice, type Price } from './price';

export const REPLAY_USAGE = `npm run replay -- FILE [options]

Sends a trace (CSV with the columns TIMESTAMP, ContextTokens, GeneratedTokens) as finished executions of an agent.
Repeating it changes nothing; an interrupted run goes on where it stopped.

  --speed N             N times as fast as the trace's own clock (default: as fast as the API takes it)
  --workspace NAME      default: replay
  --agent NAME          default: replayed-agent
  --context-price N     credits per 1,000 context tokens, at most 6 decimals (default: ${DEFAULT_PRICE.context})
  --generated-price N   credits per 1,000 generated tokens (default: ${DEFAULT_PRICE.generated}); an execution's sum is rounded once, half up, to 6 decimals
  --url URL  --token T  default: those of a running npm start
  --parallel N          requests in flight, 1 to 32 (default: 4)
  --state FOLDER        where an interrupted run is remembered (default: .data/replay)`;

export interface ReplayArguments {
  file: string;
  speed?: number;
  workspace: string;
  agent: string;
  price: Price;
  parallel: number;
  url?: string;
  token?: string;
  state?: string;
}

/** A command line that cannot be understood; the message is for the person who typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const OPTIONS = {
  speed: { type: 'string' },
  workspace: { type: 'string', default: 'replay' },
  agent: { type: 'string', default: 'replayed-agent' },
  'context-price': { type: 'string', default: DEFAULT_PRICE.context },
  'generated-price': { type: 'string', default: DEFAULT_PRICE.generated },
  parallel: { type: 'string', default: '4' },
  url: { type: 'string' },
  token: { type: 'string' },
  state: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** A number within limits, or a UsageError that names the option. */
export function numberOption(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < low || value > high) throw new UsageError(`--${name} must be a number from ${low} to ${high}`);
  return value;
}

export function readArguments<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** undefined: help was asked for. `folder`: against what a relative path stands. */
export function parseReplayArguments(argv: string[], folder: string): ReplayArguments | undefined {
  const { values, positionals } = readArguments(() => parseArgs({ args: argv, options: OPTIONS, allowPositionals: true }));
  if (values.help) return undefined;
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new UsageError('name one FILE');
  if (!workspaceId.safeParse(values.workspace).success) throw new UsageError('--workspace must be 1 to 64 letters, digits, _ or -');
  return {
    file: resolve(folder, file),
    speed: values.speed === undefined ? undefined : numberOption('speed', values.speed, 0.001, 1_000_000),
    workspace: values.workspace,
    agent: values.agent,
    price: readArguments(() => parsePrice(values['context-price'], values['generated-price'])),
    parallel: Math.floor(numberOption('parallel', values.parallel, 1, 32)),
    url: values.url,
    token: values.token,
    state: values.state === undefined ? undefined : resolve(folder, values.state),
  };
}
