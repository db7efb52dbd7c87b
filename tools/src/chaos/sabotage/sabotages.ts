import type { SeededRandom } from '../../demo/seeded-random';
import type { Arena, Part } from '../arena';
import { killAndRevive } from '../g01-killed';
import { CarelessWorkers } from './careless-workers';
import { EarlyAcknowledgement } from './early-acknowledgement';
import { QueueAcknowledgement } from './queue-acknowledgement';
import { TwoTransactions } from './two-transactions';

/** A part of the system that was replaced by one that breaks a promise. */
export interface Saboteur {
  /** Where clients send. */
  url(): string;
  /** What brings the breach about; without it there is none. */
  fault(random: SeededRandom): Promise<unknown>;
  /** Whether it has done all that it will do. */
  idle(): boolean | Promise<boolean>;
  stop(): Promise<unknown>;
}

export interface Sabotage {
  name: string;
  says: string;
  start(arena: Arena, workspace: string): Promise<Saboteur>;
}

const killing = (arena: Arena, part: Part) => (random: SeededRandom) => killAndRevive(arena, [part], random.integer(0, 300));

/** A service beside the API, and what is killed. */
async function service(arena: Arena, part: Part, started: Promise<{ url: string; idle?(): boolean | Promise<boolean>; stop(): Promise<unknown> }>): Promise<Saboteur> {
  const own = await started;
  return { url: () => own.url, fault: killing(arena, part), idle: () => own.idle?.() ?? true, stop: () => own.stop() };
}

export const SABOTAGES: readonly Sabotage[] = [
  { name: 'early', says: 'acknowledges before it hands the events to the ledger; PostgreSQL is killed', start: (arena) => service(arena, 'postgres', EarlyAcknowledgement.start(() => arena.api)) },
  { name: 'queue', says: 'acknowledges when the events are in a queue; Redis is killed', start: (arena) => service(arena, 'redis', QueueAcknowledgement.start(() => arena.api, arena.links.redis.url)) },
  { name: 'two-inserts', says: 'stores events and marks their buckets in two transactions; PostgreSQL is killed', start: (arena) => service(arena, 'postgres', TwoTransactions.start(arena.ownerUrl)) },
  { name: 'marks-first', says: 'is a worker that takes marks away and counts in two transactions; it is killed', start: (arena, workspace) => Promise.resolve(new CarelessWorkers(arena, workspace, 'marks-first')) },
  { name: 'counts-first', says: 'is a worker that counts and takes marks away in two transactions; it hangs and another takes over', start: (arena, workspace) => Promise.resolve(new CarelessWorkers(arena, workspace, 'counts-first')) },
];
