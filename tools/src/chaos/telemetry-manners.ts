import type { Arena } from './arena';
import { PipedApp } from './piped-app';
import { TelemetrySinks } from './telemetry-sinks';

/** An application under load. */
export interface Subject {
  readonly url: string;
  readonly pid: number | undefined;
  stop(): Promise<string>;
}

/** One whose receivers of telemetry can be spoilt. */
export interface Troubled {
  app: Subject;
  /** What of its telemetry has arrived. */
  arrived(): number;
  spoil(): void | Promise<void>;
  /** Undefined: what was done cannot be undone. */
  mend?(): void | Promise<void>;
  close(): Promise<void>;
}

/** One way of being away. `well`: where telemetry goes that stays well. */
export interface Manner {
  /** The signals that must be seen to be dropped. */
  signals: readonly ('traces' | 'errors' | 'logs')[];
  /** Begins as the other does, and is left alone. */
  calm(arena: Arena, env: NodeJS.ProcessEnv, well: NodeJS.ProcessEnv): Promise<Subject>;
  troubled(arena: Arena, env: NodeJS.ProcessEnv, well: NodeJS.ProcessEnv): Promise<Troubled>;
}

/** `spoil` breaks OTLP and Sentry. */
const receivers = (spoil: (sinks: TelemetrySinks) => void | Promise<void>): Manner => ({
  signals: ['traces', 'errors'],
  calm: (arena, env, well) => arena.replica('analytics-api', { ...env, ...well }),
  async troubled(arena, env) {
    const sinks = await TelemetrySinks.start();
    const app = await arena.replica('analytics-api', { ...env, ...sinks.env });
    return { app, arrived: () => Math.min(sinks.taken.otlp, sinks.taken.sentry), spoil: () => spoil(sinks), mend: () => sinks.mend(), close: () => sinks.stop() };
  },
});

/** Logs its statements too, so that the 8 MiB that may wait are full after a thousand requests. */
async function piped(arena: Arena, env: NodeJS.ProcessEnv): Promise<PipedApp> {
  const app = await PipedApp.start('analytics-api', { ...arena.env, ...env, LOG_LEVELS: 'typeorm=debug' });
  arena.closers.push(() => app.stop());
  return app;
}

/** `spoil` breaks the pipe that an application logs into. */
const reader = (spoil: (app: PipedApp) => void, mend?: (app: PipedApp) => void): Manner => ({
  signals: ['logs'],
  calm: (arena, env, well) => piped(arena, { ...env, ...well }),
  async troubled(arena, env, well) {
    const app = await piped(arena, { ...env, ...well });
    return { app, arrived: () => app.read, spoil: () => spoil(app), ...(mend && { mend: () => mend(app) }), close: () => Promise.resolve() };
  },
});

export const MANNERS: Readonly<Record<string, Manner>> = {
  down: receivers((sinks) => sinks.down()),
  resetting: receivers(({ otlp, sentry }) => (otlp.cut(), sentry.cut())),
  hanging: receivers(({ otlp, sentry }) => (otlp.hang(), sentry.hang())),
  refusing: receivers((sinks) => sinks.refuse()),
  'log not read': reader((app) => app.stopReading(), (app) => app.readOn()),
  'log reader gone': reader((app) => app.closeReader()),
};
