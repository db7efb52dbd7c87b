import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const PILLARS = ['logging', 'metrics', 'tracing', 'errors', 'health'];
const files = readdirSync(__dirname, { recursive: true, encoding: 'utf8' }).filter((file) => /\.ts$/.test(file) && !/\.(spec|e2e)\.ts$/.test(file));

/** `a/b.ts` -> the files of this library that it imports, as `c/d`. */
const importsOf = (file: string): string[] =>
  [...readFileSync(join(__dirname, file), 'utf8').matchAll(/^(?:import|export) [^'"]*from '(\.[^']+)'|^import '(\.[^']+)'/gm)].map(([, from, bare]) => relative(__dirname, resolve(__dirname, dirname(file), (from ?? bare) as string)));
const folderOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] as string) : '');

describe('the pillars', () => {
  it.each(PILLARS)('%s imports nothing but context, config and itself', (pillar) => {
    const strangers = files
      .filter((file) => folderOf(file) === pillar)
      .flatMap((file) => importsOf(file).map((imported) => `${file} -> ${imported}`))
      .filter((line) => !new RegExp(`-> (${pillar}/|context/|config$)`).test(line));
    expect(strangers).toEqual([]);
  });

  it('context knows no pillar', () => {
    const known = files.filter((file) => folderOf(file) === 'context').flatMap(importsOf);
    expect(known.filter((path) => !/^(context\/|config$)/.test(path))).toEqual([]);
  });

  it('errors can be deleted by touching two files, as the README says', () => {
    const importers = files.filter((file) => folderOf(file) !== 'errors' && importsOf(file).some((path) => path.startsWith('errors/')));
    expect(importers.sort()).toEqual(['index.ts', 'start.ts']);
  });

  it('the public API is one list of at most 30 lines', () => {
    expect(readFileSync(join(__dirname, 'index.ts'), 'utf8').trim().split('\n').length).toBeLessThanOrEqual(30);
  });
});
