import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fromMicroCredits } from '@shadower/domain';
import { SeededRandom } from '../demo/seeded-random';
import { AppProcess } from '../stack/app-process';
import { ROOT } from '../stack/paths';
import { until } from '../stack/until';
import { freshDatabase, redisDatabase, type TestDatabase } from '../testing';

/** The built program and the built API, as `npm run replay` runs them. */
const PROGRAM = join(ROOT, 'tools', 'dist', 'replay', 'main.js');
const REAL_TRACE = process.env.REPLAY_TRACE ?? resolve(ROOT, '..', 'shared', 'data', 'azure-llm-inference-2023-code.csv');

/** A trace in the published form: CR LF, seven digits, often several rows at a moment. */
function generatedTrace(rows: number): string {
  const random = new SeededRandom('trace');
  let time = Date.parse('2025-03-30T00:40:00Z');
  const lines = Array.from({ length: rows }, () => {
    time += Math.floor(random.exponential(400));
    const stamp = new Date(time).toISOString().replace('T', ' ').replace('Z', '0000');
    return `${stamp},${Math.round(random.logNormal(1_500, 1))},${Math.round(random.logNormal(25, 0.8))}`;
  });
  return ['TIMESTAMP,ContextTokens,GeneratedTokens', ...lines, ''].join('\r\n');
}

/** The sums of a file with the default prices, the simple way. */
function bruteForce(file: string): { rows: number; context: number; generated: number; credits: string } {
  const rows = readFileSync(file, 'utf8').trim().split('\n').slice(1).map((line) => line.split(',').slice(1).map(Number));
  const total = (column: number): number => rows.reduce((sum, row) => sum + (row[column] ?? NaN), 0);
  const [context, generated] = [total(0), total(1)];
  return { rows: rows.length, context, generated, credits: fromMicroCredits(BigInt(context) * 500n + BigInt(generated) * 1_500n) };
}

// Each case starts real programs, some three.
jest.setTimeout(60_000);

describe('npm run replay', () => {
  let folder: string;
  let trace: string;
  let database: TestDatabase;
  let env: NodeJS.ProcessEnv;
  let api: AppProcess;
  let worker: AppProcess;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'replay-'));
    trace = join(folder, 'generated.csv');
    writeFileSync(trace, generatedTrace(6_500));
    database = await freshDatabase();
    env = { PATH: process.env.PATH, DATABASE_URL: database.url, REDIS_URL: await redisDatabase(), LOG_LEVEL: 'warn' };
    [api, worker] = await Promise.all([AppProcess.start({ name: 'analytics-api', env, dataDir: folder }), AppProcess.start({ name: 'jobs-worker', env, dataDir: folder })]);
  });

  afterAll(async () => {
    await Promise.all([api?.stop(), worker?.stop()]);
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  function begin(args: string[]) {
    const child = spawn(process.execPath, [PROGRAM, '--url', api.url, '--state', join(folder, 'state'), ...args], { env: { PATH: process.env.PATH } });
    const output = { text: '' };
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output.text += chunk.toString()));
    const ended = new Promise<number | null>((done) => void child.on('close', done));
    return { child, output, ended };
  }
  async function run(...args: string[]) {
    const { output, ended } = begin(args);
    const code = await ended;
    return { code, text: output.text };
  }
  const grouped = (decimal: string | number): string => String(decimal).replace(/^\d+/, (whole) => BigInt(whole).toLocaleString('en-US'));
  const expectReported = (text: string, file: string): void => {
    const sums = bruteForce(file);
    for (const [name, sum] of [['executions', sums.rows], ['context tokens', sums.context], ['generated tokens', sums.generated], ['credits', sums.credits]] as const)
      expect(text.replaceAll(/[│\s]+/g, ' ')).toContain(` ${name} ${grouped(sum)} ${grouped(sum)} equal `);
  };

  it('sends a generated trace; the API reports exactly what the file holds, and a second run changes nothing', async () => {
    const first = await run(trace, '--workspace', 'twice');
    expect(first).toMatchObject({ code: 0, text: expect.stringContaining('6500 accepted, 0 duplicate') as string });
    expectReported(first.text, trace);
    const second = await run(trace, '--workspace', 'twice');
    expect(second).toMatchObject({ code: 0, text: expect.stringContaining('0 accepted, 6500 duplicate') as string });
    expectReported(second.text, trace);
  });

  it('goes on where it was killed', async () => {
    const { child, output, ended } = begin([trace, '--workspace', 'killed', '--speed', '400']);
    await until(() => (output.text.includes(' of 6,500 rows') ? true : undefined), 30_000, 5);
    child.kill('SIGKILL');
    await ended;
    const rest = await run(trace, '--workspace', 'killed');
    const [, accepted, duplicate, skipped] = /(\d+) accepted, (\d+) duplicate, (\d+) sent by an earlier run/.exec(rest.text)?.map(Number) ?? [];
    expect(rest.code).toBe(0);
    expect(skipped).toBeGreaterThan(0);
    expect(skipped).toBeLessThan(6_500);
    expect((accepted ?? NaN) + (duplicate ?? NaN) + (skipped ?? NaN)).toBe(6_500);
    expectReported(rest.text, trace);
    expect((await run(trace, '--workspace', 'killed')).text).toContain('0 accepted, 6500 duplicate');
  });

  it('waits for an API that was killed, and loses nothing', async () => {
    const { output, ended } = begin([trace, '--workspace', 'outage', '--speed', '600']);
    await until(() => (output.text.includes(' of 6,500 rows') ? true : undefined), 30_000, 5);
    api.kill('SIGKILL');
    await api.exit;
    await until(() => (output.text.includes('trying again') ? true : undefined), 10_000);
    const { port } = api;
    api = AppProcess.spawn({ name: 'analytics-api', env, dataDir: folder }, port);
    expect(await ended).toBe(0);
    expectReported(output.text, trace);
  });

  it('says that the API does not report what the file holds, when it does not', async () => {
    expect((await run(trace, '--workspace', 'prices')).code).toBe(0);
    const { code, text } = await run(trace, '--workspace', 'prices', '--context-price', '0.51');
    expect(code).toBe(1);
    expect(text).toContain('DIFFERENT');
  });

  it('sends nothing of a file with a bad line, and names the line', async () => {
    const bad = join(folder, 'bad.csv');
    writeFileSync(bad, `${readFileSync(trace, 'utf8')}2025-03-30 01:00:00.0000000,many,1\r\n`);
    expect(await run(bad, '--workspace', 'bad')).toMatchObject({ code: 1, text: expect.stringContaining('line 6502: ContextTokens must be a whole number') as string });
    expect((await run(trace, '--workspace', 'bad')).text).toContain('6500 accepted, 0 duplicate');
  });

  it('names the lines that the API refuses', async () => {
    const old = join(folder, 'old.csv');
    writeFileSync(old, 'TIMESTAMP,ContextTokens,GeneratedTokens\n2025-03-30 01:00:00,1,1\n2001-03-30 01:00:00,1,1\n');
    expect(await run(old, '--workspace', 'old')).toMatchObject({ code: 1, text: expect.stringMatching(/line 3 was refused: event_too_old/) as string });
  });

  it('reports the published trace exactly, where it is present, killed and resumed', async () => {
    const present = existsSync(REAL_TRACE);
    if (!present) process.stdout.write(`${REAL_TRACE} is not here (REPLAY_TRACE names another place): a generated trace stands in for it\n`);
    const file = present ? REAL_TRACE : trace;
    const { child, output, ended } = begin([file, '--workspace', 'published', '--speed', '1500']);
    await until(() => (output.text.includes(' rows (') ? true : undefined), 30_000, 5);
    child.kill('SIGKILL');
    await ended;
    const resumed = await run(file, '--workspace', 'published');
    expect(resumed).toMatchObject({ code: 0, text: expect.stringContaining('going on after row') as string });
    expectReported(resumed.text, file);
    const again = await run(file, '--workspace', 'published');
    expect(again.text).toMatch(/^0 accepted, \d+ duplicate, in/m);
    if (present && !process.env.REPLAY_TRACE) for (const figure of ['8,819', '18,059,974', '245,896']) expect(again.text).toContain(figure);
  });
});
