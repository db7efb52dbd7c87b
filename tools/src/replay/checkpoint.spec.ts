import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Checkpoint } from './checkpoint';

const identity = { url: 'http://127.0.0.1:8000', workspace: 'acme', fingerprint: 'abc' };

describe('Checkpoint', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'checkpoint-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('counts only rows without a gap before them, and is found again', () => {
    const checkpoint = new Checkpoint(folder, identity);
    checkpoint.acknowledge(1_001, 2_000);
    expect(new Checkpoint(folder, identity).rows).toBe(0);
    checkpoint.acknowledge(1, 1_000);
    expect(checkpoint.rows).toBe(2_000);
    expect(new Checkpoint(folder, identity).rows).toBe(2_000);
  });

  it('belongs to one API, workspace and content', () => {
    new Checkpoint(folder, identity).acknowledge(1, 10);
    for (const change of [{ url: 'http://other' }, { workspace: 'globex' }, { fingerprint: 'abd' }]) expect(new Checkpoint(folder, { ...identity, ...change }).rows).toBe(0);
  });

  it('is gone when the replay is complete', () => {
    const checkpoint = new Checkpoint(folder, identity);
    checkpoint.acknowledge(1, 10);
    checkpoint.clear();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('starts from the beginning when it cannot be read', () => {
    new Checkpoint(folder, identity).acknowledge(1, 10);
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), '{"rows":-1}');
    expect(new Checkpoint(folder, identity).rows).toBe(0);
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), 'torn');
    expect(new Checkpoint(folder, identity).rows).toBe(0);
  });
});
