/** The parts of a problem+json answer (RFC 9457) that a client reads. */
export interface Problem {
  title?: string;
  detail?: string;
  code?: string;
  errors?: { pointer: string; detail: string }[];
  retry_after_ms?: number;
}

/** The problem in an answer's body, or undefined when it holds none. */
export const problemOf = (body: unknown): Problem | undefined => (typeof body === 'object' && body !== null && 'code' in body ? (body as Problem) : undefined);

/** One line for a person. */
export const describeProblem = (problem: Problem): string =>
  [problem.code, problem.detail ?? problem.title, ...(problem.errors ?? []).map(({ pointer, detail }) => `${pointer}: ${detail}`)].filter(Boolean).join('; ');
