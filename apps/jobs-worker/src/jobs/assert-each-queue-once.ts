import { QUEUES } from '@shadower/domain';

/** Throws when a declared queue has no processor or several, or when a processor serves an undeclared one: jobs would wait for ever and nobody would know. */
export function assertEachQueueOnce(served: string[]): void {
  const wrong = QUEUES.filter((queue) => served.filter((name) => name === queue).length !== 1);
  const unknown = served.filter((name) => !(QUEUES as readonly string[]).includes(name));
  if (wrong.length + unknown.length > 0) throw new Error(`each queue needs exactly one processor; look at: ${[...wrong, ...unknown].join(', ')}`);
}
