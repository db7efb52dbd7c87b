import { SeededRandom } from './seeded-random';

export interface Agent {
  id: string;
  model: string;
  /** Median run time in milliseconds, and median tokens. */
  durationMs: number;
  contextTokens: number;
  generatedTokens: number;
  failureRate: number;
}

export interface User {
  id: string;
  /** The chance that this person comes on a given working day. */
  presence: number;
  /** How much a person does on a day, against the others. */
  weight: number;
}

export interface Population {
  workspace: string;
  /** Hours that the workspace's clock is ahead of UTC. */
  offsetHours: number;
  /** This workspace's part of all traffic, against the others. */
  weight: number;
  users: User[];
  agents: Agent[];
}

export const MODELS = ['atlas-large', 'atlas-small', 'nimbus-2', 'nimbus-2-mini'] as const;
const AGENT_NAMES = ['code-reviewer', 'support-triage', 'invoice-reader', 'sql-analyst', 'release-notes', 'lead-scorer', 'contract-checker', 'meeting-scribe', 'test-writer', 'log-detective', 'translator', 'onboarding-guide'];
const OFFSETS = [-8, 1, 0, 5.5, 9, -5];

const agentOf = (random: SeededRandom, id: string): Agent => ({
  id,
  model: random.pick(MODELS),
  durationMs: Math.round(random.logNormal(4_000, 0.9)),
  contextTokens: Math.round(random.logNormal(1_800, 0.8)),
  generatedTokens: Math.round(random.logNormal(160, 0.7)),
  failureRate: Math.min(0.2, random.logNormal(0.03, 0.6)),
});

/** A third comes nearly daily, a third now and then, a third seldom: so daily, weekly and monthly active users differ as they do in life. */
const userOf = (random: SeededRandom, id: string): User => ({ id, presence: random.pick([0.85, 0.3, 0.06]), weight: random.logNormal(1, 1) });

/** The people and agents of the `index`-th workspace, the same for the same seed. Each further workspace is smaller than the one before. */
export function populationOf(seed: string, workspace: string, index: number): Population {
  const random = new SeededRandom(`${seed}/population/${workspace}`);
  const users = Math.max(6, Math.round(120 / (index + 1)));
  const agents = Math.max(3, AGENT_NAMES.length - 3 * index);
  return {
    workspace,
    offsetHours: OFFSETS[index % OFFSETS.length] ?? 0,
    weight: 1 / (index + 1),
    users: Array.from({ length: users }, (_, n) => userOf(random, `user-${String(n + 1).padStart(3, '0')}`)),
    agents: AGENT_NAMES.slice(0, agents).map((name) => agentOf(random, name)),
  };
}
