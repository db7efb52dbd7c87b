import { AppError, EVENT_LIMITS } from '@shadower/domain';
import { NdjsonBody } from './json-body';

describe('NdjsonBody', () => {
  it('holds one value a line, blank lines aside, and the problem of a line that is none', () => {
    expect(NdjsonBody.of('1\n\n \t\r\n{"a":2}\r\nbroken\n\u00a03\n "4"').items).toEqual([1, { a: 2 }, expect.any(AppError), expect.any(AppError), '4']);
    expect(NdjsonBody.of('\n \n').items).toEqual([]);
    expect(NdjsonBody.of(' {"a":1x}').items).toMatchObject([{ errors: [{ pointer: '/0', detail: 'must be JSON; it is not at character 7' }] }]);
  });

  it.each(['x\n', '1\n', '{\n', '\n', '\n1\r\n', ' \n'])('reads no more of 8 MiB of %j than shows that it is too much, in little time and memory', (line) => {
    const text = line.repeat(EVENT_LIMITS.inflatedBytes / line.length);
    const before = process.memoryUsage().heapUsed;
    const begun = performance.now();
    const { items } = NdjsonBody.of(text);
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(32 * 2 ** 20);
    expect(items).toHaveLength(line.trim() === '' ? 0 : EVENT_LIMITS.batch + 1);
  });
});
