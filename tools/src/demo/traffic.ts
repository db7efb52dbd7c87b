import type { AnalyticsEvent } from '@shadower/domain';
import { Attendance } from './attendance';
import { populationOf, type Population } from './population';
import { busyness, compressedMoment } from './rhythm';
import { SeededRandom } from './seeded-random';
import { EVENTS_PER_VISIT, visit, type Draft } from './visit';

export interface TrafficOptions {
  seed: string;
  workspaces: readonly string[];
  /** Events a second, over all workspaces, at the busiest moment. */
  rate: number;
  /** When the traffic begins, in milliseconds since 1970. */
  startMs: number;
  /** How long the ups and downs of a working day take, for demonstrations that cannot wait for the evening; without it the clock's own. */
  dayMs?: number;
}

export interface TrafficEvent {
  workspace: string;
  event: AnalyticsEvent;
}

/**
 * Plausible traffic of one workspace, the same for the same options. It is drawn visit by visit (a Poisson process thinned by the rhythm of
 * the day), so it does not depend on the steps in which it is asked for.
 */
class WorkspaceTraffic {
  private readonly random: SeededRandom;
  private readonly attendance: Attendance;
  private readonly planned: Draft[] = [];
  private nextVisitMs: number;
  private visits = 0;
  private events = 0;

  constructor(
    private readonly population: Population,
    private readonly options: TrafficOptions,
    private readonly gapMs: number,
  ) {
    this.random = new SeededRandom(`${options.seed}/traffic/${population.workspace}`);
    this.attendance = new Attendance(options.seed, population);
    this.nextVisitMs = options.startMs + this.random.exponential(gapMs);
  }

  /** Everything before `timeMs` that was not given before, in the order of time. */
  until(timeMs: number): TrafficEvent[] {
    for (; this.nextVisitMs < timeMs; this.nextVisitMs += this.random.exponential(this.gapMs)) this.arrive(this.nextVisitMs);
    this.planned.sort((a, b) => a.timeMs - b.timeMs);
    const due = this.planned.findIndex((draft) => draft.timeMs >= timeMs);
    return this.planned.splice(0, due === -1 ? this.planned.length : due).map((draft) => this.finish(draft));
  }

  private arrive(atMs: number): void {
    const { dayMs, startMs } = this.options;
    const moment = dayMs === undefined ? atMs : compressedMoment(atMs - startMs, dayMs);
    if (!this.random.chance(busyness(moment, this.population.offsetHours))) return;
    const user = this.attendance.userAt(atMs, this.random);
    const name = `run-${this.options.seed}-${Math.floor(this.options.startMs / 1_000)}-${++this.visits}`;
    this.planned.push(...visit(this.random, this.population, user, { timeMs: Math.floor(atMs), executionId: (n) => `${name}-${n}` }));
  }

  private finish({ timeMs, ...draft }: Draft): TrafficEvent {
    const id = `${this.options.seed}-${Math.floor(this.options.startMs / 1_000)}-${++this.events}`;
    return { workspace: this.population.workspace, event: { id, time: new Date(timeMs).toISOString(), ...draft } };
  }
}

/** Plausible traffic of several workspaces: endless, deterministic, in the order of time within a workspace. */
export class Traffic {
  private readonly parts: WorkspaceTraffic[];

  constructor(options: TrafficOptions) {
    const populations = options.workspaces.map((workspace, index) => populationOf(options.seed, workspace, index));
    const total = populations.reduce((sum, population) => sum + population.weight, 0);
    this.parts = populations.map((population) => {
      const perSecond = (options.rate * population.weight) / total / EVENTS_PER_VISIT;
      return new WorkspaceTraffic(population, options, 1_000 / perSecond);
    });
  }

  /** Everything before `timeMs` that was not given before. */
  until(timeMs: number): TrafficEvent[] {
    return this.parts.flatMap((part) => part.until(timeMs));
  }
}
