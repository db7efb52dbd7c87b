import { AppError } from '@shadower/domain';

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

/** A body of one JSON value a line. A line that is not JSON stands as its problem, so that the others are not lost. */
export class NdjsonBody {
  private constructor(readonly items: unknown[]) {}

  static of(text: string): NdjsonBody {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return new NdjsonBody(lines.map((line, index) => attempt(line, `/${index}`)));
  }
}

function attempt(line: string, pointer: string): unknown {
  try {
    return parseJson(line, pointer);
  } catch (error) {
    return error;
  }
}
