import { workspaceId } from '@shadower/domain';
import { parseArgs } from 'node:util';
import { numberOption, readArguments, UsageError } from '../replay/options';

export const DEMO_USAGE = `npm run demo -- [options]

Makes endless plausible traffic of our own through the public API, so that graphs move.

  --rate N              events a second at the busiest moment, over all workspaces (default: 20)
  --workspaces A,B,C    default: demo,acme,globex; each is smaller than the one before
  --seed TEXT           another seed makes other people, agents and moments (default: demo)
  --day SECONDS         how long the ups and downs of a day take (default: 900)
  --backfill DAYS       first sends that many past days, at the day's real rhythm, 1 to 365
  --for SECONDS         ends after that time (default: never)
  --url URL  --live URL the API and the gateway (default: those of a running npm start)
  --token T             must open all the workspaces (default: one of our own for each)`;

export interface DemoArguments {
  rate: number;
  workspaces: string[];
  seed: string;
  daySeconds: number;
  backfillDays: number;
  forSeconds?: number;
  url?: string;
  live?: string;
  token?: string;
}

const OPTIONS = {
  rate: { type: 'string', default: '20' },
  workspaces: { type: 'string', default: 'demo,acme,globex' },
  seed: { type: 'string', default: 'demo' },
  day: { type: 'string', default: '900' },
  backfill: { type: 'string', default: '0' },
  for: { type: 'string' },
  url: { type: 'string' },
  live: { type: 'string' },
  token: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** undefined: help was asked for. */
export function parseDemoArguments(argv: string[]): DemoArguments | undefined {
  const { values } = readArguments(() => parseArgs({ args: argv, options: OPTIONS }));
  if (values.help) return undefined;
  const workspaces = [...new Set(values.workspaces.split(',').map((name) => name.trim()))];
  const bad = workspaces.find((name) => !workspaceId.safeParse(name).success);
  if (bad !== undefined) throw new UsageError(`--workspaces: ${JSON.stringify(bad)} must be 1 to 64 letters, digits, _ or -`);
  // The seed stands in the ids of events.
  if (!/^[\w.-]{1,32}$/.test(values.seed)) throw new UsageError('--seed must be 1 to 32 letters, digits, _, . or -');
  return {
    rate: numberOption('rate', values.rate, 0.01, 100_000),
    workspaces,
    seed: values.seed,
    daySeconds: numberOption('day', values.day, 10, 86_400),
    backfillDays: Math.floor(numberOption('backfill', values.backfill, 0, 365)),
    forSeconds: values.for === undefined ? undefined : numberOption('for', values.for, 1, 31_536_000),
    url: values.url,
    live: values.live,
    token: values.token,
  };
}
