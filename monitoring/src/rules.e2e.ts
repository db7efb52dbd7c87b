import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { debianBinary } from './debian-binary';
import { folder } from './folder';
import { mutants, originals, type Specimen } from './mutants';
import { alerts, RULE_FILES } from './rules';
import { readInventory } from './read-inventory';
import { mustRun, run, type Outcome } from './run';

let promtool: string;
let scratch: string;
beforeAll(async () => {
  promtool = await debianBinary('promtool');
  scratch = await mkdtemp(join(tmpdir(), 'rules-'));
}, 300_000);
afterAll(() => rm(scratch, { recursive: true, force: true }));

test('promtool accepts every rule file', async () => {
  const output = await mustRun(promtool, ['check', 'rules', ...RULE_FILES.map(({ file }) => file)], { cwd: folder });
  expect(output.match(/SUCCESS/g)).toHaveLength(RULE_FILES.length);
});

test('promtool understands every query of the panels and the runbooks too', async () => {
  const check = async (queries: readonly string[]): Promise<Outcome> => {
    const file = join(scratch, 'queries.yml');
    await writeFile(file, stringify({ groups: [{ name: 'queries', rules: queries.map((expr, index) => ({ record: `query:${index}`, expr })) }] }));
    return run(promtool, ['check', 'rules', file]);
  };
  const { queries } = readInventory();
  expect(await check(queries)).toEqual({ code: 0, output: expect.stringContaining(`${queries.length} rules found`) as string });
  expect(await check([...queries, 'rate(up)'])).toMatchObject({ code: 1 });
});

test('every alert fires, stays quiet just below and without data, and resolves', async () => {
  await mustRun(promtool, ['test', 'rules', ...RULE_FILES.flatMap(({ tests }) => tests)], { cwd: folder });
}, 60_000);

const quote = (name: string): string => name.replace(/\W+/g, '-');

async function passes(specimen: Specimen): Promise<boolean> {
  const rules = `${quote(specimen.name)}.yml`;
  await writeFile(join(scratch, rules), stringify(specimen.rules));
  const files = specimen.tests.map((_, index) => `${quote(specimen.name)}.${index}.test.yml`);
  await Promise.all(specimen.tests.map((tests, index) => writeFile(join(scratch, files[index] as string), stringify({ ...tests, rule_files: [rules] }))));
  return (await run(promtool, ['test', 'rules', ...files], { cwd: scratch })).code === 0;
}

/** Names of the specimens whose tests pass; two at a time. */
async function survivors(specimens: Specimen[]): Promise<string[]> {
  const queue = [...specimens];
  const names: string[] = [];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) if (await passes(next)) names.push(next.name);
  };
  await Promise.all([work(), work()]);
  return names;
}

test('the tests of each alert pass on their own', async () => {
  const names = originals().map(({ name }) => name);
  expect(names).toHaveLength(alerts().length);
  expect((await survivors(originals())).sort()).toEqual(names.sort());
}, 120_000);

test('a threshold moved by 20 %, or a waiting time removed, is noticed', async () => {
  const specimens = mutants();
  expect(specimens.length).toBeGreaterThan(alerts().length * 2);
  expect(await survivors(specimens)).toEqual([]);
}, 240_000);
