const MAX_DEPTH = 32;

const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\u0000');

/**
 * Why PostgreSQL's jsonb could not keep a parsed JSON value, or undefined when it can. Depth is bounded first, so that no
 * later step recurses as deep as a caller likes.
 */
export function jsonProblem(value: unknown, maxBytes: number): string | undefined {
  return shapeProblem(value, 0) ?? (Buffer.byteLength(JSON.stringify(value)) > maxBytes ? `must be at most ${maxBytes} bytes of JSON` : undefined);
}

function shapeProblem(value: unknown, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return `must be nested at most ${MAX_DEPTH} deep`;
  if (typeof value === 'string') return isStorable(value) ? undefined : 'must not contain U+0000 or lone surrogates';
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const problem = shapeProblem(key, depth) ?? shapeProblem(inner, depth + 1);
    if (problem) return problem;
  }
  return undefined;
}
