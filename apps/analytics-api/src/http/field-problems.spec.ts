import { z } from 'zod';
import { fieldProblems } from './field-problems';

const problems = (schema: z.ZodType, value: unknown) => fieldProblems(schema.safeParse(value).error as z.ZodError, '/events/0');

it('says where and what, in a few words however much was sent', () => {
  const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`key ${index}`, 1]));
  const [problem, ...others] = problems(z.strictObject({}), wide);
  expect(others).toEqual([]);
  expect(problem?.pointer).toBe('/events/0');
  expect(problem?.detail).toMatch(/^Unrecognized keys: "key 0", .*\.\.\.$/);
  expect(problem?.detail.length).toBeLessThan(310);
});

it('stops after 20, and cuts long names', () => {
  const many = problems(z.record(z.string(), z.string()), Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`${index}/~${'x'.repeat(1_000)}`, 1])));
  expect(many).toHaveLength(20);
  expect(many[0]?.pointer).toBe(`/events/0/0~1~0${'x'.repeat(125)}`);
});
