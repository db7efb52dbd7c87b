import { AppError, EVENT_LIMITS } from '@shadower/domain';

/** Parses JSON; throws AppError `bad_request` that says where it breaks off, but repeats nothing of the text. */
export function parseJson(text: string, pointer = ''): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    const detail = text.trim() === '' ? 'must not be empty' : `must be JSON${position ? `; it is not at character ${position}` : ', and complete'}`;
    throw new AppError('bad_request', 'The body is not valid JSON.', { errors: [{ pointer, detail }] });
  }
}

/** What is left of a line from its first character that is not blank. */
const REST_OF_LINE = /\S[^\n]*/g;

/** A body of one JSON value a line. A line that is not JSON stands as its problem, so that the others are not lost. */
export class NdjsonBody {
  private constructor(readonly items: unknown[]) {}

  /**
   * Reads one line more than a batch may have and no further: that many are refused anyway, and a body of mebibytes of wrong lines would
   * otherwise become as many errors, each with its stack.
   */
  static of(text: string): NdjsonBody {
    const items: unknown[] = [];
    for (const { 0: rest, index } of text.matchAll(REST_OF_LINE)) {
      const line = text.slice(text.lastIndexOf('\n', index) + 1, index + rest.length);
      if (items.push(attempt(line, `/${items.length}`)) > EVENT_LIMITS.batch) break;
    }
    return new NdjsonBody(items);
  }
}

function attempt(line: string, pointer: string): unknown {
  try {
    return parseJson(line, pointer);
  } catch (error) {
    return error;
  }
}
