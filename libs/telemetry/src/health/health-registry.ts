import { Injectable } from '@nestjs/common';
import { describeError } from '../context/redact';

/** Something that an app cannot (`required`) or can (`optional`) work without. */
export interface DependencyCheck {
  name: string;
  criticality: 'required' | 'optional';
  /** Facts to show, or nothing; throws when the dependency is down, and DependencyUnknown when that cannot be found out. Gets 1 second. */
  check(): Promise<Record<string, unknown> | void>;
}

/** Whether the dependency is there cannot be found out: it is shown as `unknown`, which makes nothing degraded or unready. The message is for operators. */
export class DependencyUnknown extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DependencyUnknown';
  }
}

export interface CheckResult {
  name: string;
  status: 'up' | 'down' | 'unknown';
  criticality: DependencyCheck['criticality'];
  latency_ms: number;
  facts: Record<string, unknown>;
  error?: string;
}

export type Phase = 'starting' | 'serving' | 'draining';

const PATIENCE_MS = 1_000;
const FRESH_MS = 1_000;

/** All checks of the app. A provider adds its own: `constructor(health: HealthRegistry) { health.register({ ... }) }`. */
@Injectable()
export class HealthRegistry {
  phase: Phase = 'starting';
  private readonly checks = new Map<string, DependencyCheck>();
  private readonly results = new Map<string, { until: number; result: Promise<CheckResult> }>();

  register(check: DependencyCheck): void {
    this.checks.set(check.name, check);
  }

  names(criticality?: DependencyCheck['criticality']): string[] {
    return [...this.checks.values()].filter((check) => criticality === undefined || check.criticality === criticality).map(({ name }) => name);
  }

  /** The state of one dependency, at most 1 s old: probes of many callers make one question to it. */
  probe(name: string, now: number): Promise<CheckResult> {
    const held = this.results.get(name);
    if (held && now < held.until) return held.result;
    const check = this.checks.get(name);
    if (!check) return Promise.reject(new RangeError(`no check named ${name}`));
    const result = ask(check);
    this.results.set(name, { until: now + FRESH_MS, result });
    return result;
  }
}

async function ask(check: DependencyCheck): Promise<CheckResult> {
  const started = performance.now();
  const { name, criticality } = check;
  const latency = () => Math.round((performance.now() - started) * 10) / 10;
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_resolve, reject) => (timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS)));
    const facts = (await Promise.race([check.check(), late])) ?? {};
    return { name, status: 'up', criticality, latency_ms: latency(), facts };
  } catch (error) {
    const { type, message } = describeError(error);
    return { name, status: error instanceof DependencyUnknown ? 'unknown' : 'down', criticality, latency_ms: latency(), facts: {}, error: message || type };
  } finally {
    clearTimeout(timer);
  }
}
