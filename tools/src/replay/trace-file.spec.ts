import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePrice } from './price';
import { readTrace, summarise } from './trace-file';

const price = parsePrice('0.5', '1.5');
const HEADER = 'TIMESTAMP,ContextTokens,GeneratedTokens';

describe('a trace file', () => {
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'trace-'))));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (text: string): string => {
    const file = join(folder, 'trace.csv');
    writeFileSync(file, text);
    return file;
  };
  const rows = async (text: string) => {
    const all = [];
    for await (const row of readTrace(write(text))) all.push(row);
    return all;
  };

  it('is read row by row, its times cut to microseconds', async () => {
    expect(await rows(`${HEADER}\n2023-11-16 18:17:03.9799607,4808,10\n2023-11-16 18:17:04,3180,8\n`)).toEqual([
      { number: 1, line: 2, time: '2023-11-16T18:17:03.979960Z', contextTokens: 4808, generatedTokens: 10, content: '2023-11-16 18:17:03.9799607,4808,10' },
      { number: 2, line: 3, time: '2023-11-16T18:17:04.000000Z', contextTokens: 3180, generatedTokens: 8, content: '2023-11-16 18:17:04,3180,8' },
    ]);
  });

  it('may be quoted, end its lines with CR LF, begin with a byte-order mark, hold other columns in another order and lack the last line end', async () => {
    const [row] = await rows(`\uFEFF"GeneratedTokens","Model, name","TIMESTAMP","ContextTokens"\r\n"10","a ""b""","2023-11-16 18:17:03.9799600","4808"`);
    expect(row).toMatchObject({ time: '2023-11-16T18:17:03.979960Z', contextTokens: 4808, generatedTokens: 10 });
  });

  it.each([
    [`${HEADER}\n2023-11-16 18:17:03,1,2\n2023-11-31 18:17:03,1,2\n`, /^line 3: TIMESTAMP must be a UTC time .*"2023-11-31 18:17:03"/],
    [`${HEADER}\n16.11.2023,1,2\n`, /^line 2: TIMESTAMP/],
    [`${HEADER}\n2023-11-16 18:17:03,-1,2\n`, /^line 2: ContextTokens must be a whole number from 0 to 1000000000, not "-1"/],
    [`${HEADER}\n2023-11-16 18:17:03,1,2.5\n`, /^line 2: GeneratedTokens/],
    [`${HEADER}\n2023-11-16 18:17:03,1,1000000001\n`, /^line 2: GeneratedTokens/],
    [`${HEADER}\n2023-11-16 18:17:03,1\n`, /line 2/],
    [`TIMESTAMP,ContextTokens\n2023-11-16 18:17:03,1\n`, /^line 1: no column GeneratedTokens/],
    [`${HEADER}\n"2023-11-16 18:17:03,1,2\n`, /line 2|Quote Not Closed/],
    [`${HEADER}\n`, /holds no rows/],
    ['', /holds no rows/],
  ])('names what is wrong with %j', async (text, message) => {
    await expect(summarise(write(text), price)).rejects.toMatchObject({ name: 'TraceError', message: expect.stringMatching(message) as string });
  });

  it('says so when it cannot be opened', async () => {
    await expect(summarise(join(folder, 'absent.csv'), price)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is summed exactly', async () => {
    const summary = await summarise(write(`${HEADER}\n2023-11-16 18:17:04,1001,3\n2023-11-16 18:17:03,1,0\n`), price);
    expect(summary).toMatchObject({ rows: 2, contextTokens: 1002n, generatedTokens: 3n, microCredits: 505_500n, firstTime: '2023-11-16T18:17:03.000000Z', lastTime: '2023-11-16T18:17:04.000000Z' });
  });
});
