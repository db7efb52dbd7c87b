import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { EXPORT_CHUNK_BYTES } from '@shadower/database';
import { ExportFile, type Keep } from './export-file';

const BOUNDS = { rows: 1_000, bytes: 100 * EXPORT_CHUNK_BYTES };
const slab = { bytes: Buffer.alloc(EXPORT_CHUNK_BYTES), rows: 1 };

describe('ExportFile', () => {
  it('stops at the first piece after one that could not be kept', async () => {
    const keep = jest.fn<ReturnType<Keep>, Parameters<Keep>>(async () => undefined).mockRejectedValueOnce(new Error('the disk is full'));
    const file = new ExportFile('none', BOUNDS, keep);
    await file.take(slab);
    // Nobody waits for the piece: storage is faster than what fills the file.
    await turn();
    await expect(file.take(slab)).rejects.toThrow('the disk is full');
    expect(keep).toHaveBeenCalledTimes(1);
  });

  it('gives the sums and the digest of what was kept', async () => {
    const kept: Buffer[] = [];
    const file = new ExportFile('none', BOUNDS, async (piece) => void kept.push(Buffer.from(piece)));
    await file.take({ bytes: Buffer.from('a,b\n1,2\n'), rows: 1 });
    expect(await file.end()).toEqual({ rows: 1, bytes: 8, sha256: createHash('sha256').update('a,b\n1,2\n').digest('hex') });
    expect(Buffer.concat(kept).toString()).toBe('a,b\n1,2\n');
  });
});
