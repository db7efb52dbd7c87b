import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Arena } from '../chaos/arena';
import { checkLedger } from '../chaos/check-ledger';
import { Clients } from '../chaos/clients';
import { takeBaseBackup } from './base-backup';

const WORKSPACE = 'backup';

it('a base backup taken under load starts in a fresh system: all that was acknowledged before it is there, counted once, and goes on', async () => {
  const arena = await Arena.start();
  const copy = join(arena.dataDir, 'restored');
  let restored: Arena | undefined;
  try {
    const clients = await new Clients({ url: () => arena.api, workspace: WORKSPACE, seed: 'backup', pauseMs: 10 }).start();
    await sleep(1_500);
    const before = new Set(clients.acknowledged);
    await takeBaseBackup(arena.ownerUrl, arena.postgres.dataDir, copy);
    await clients.stop();
    expect(before.size).toBeGreaterThan(0);

    // A system of its own, with an empty Redis: marks in PostgreSQL say what is still to be rolled up.
    restored = await Arena.start(copy);
    expect(await checkLedger(restored, WORKSPACE, { sent: clients.sent, acknowledged: before })).toMatchObject({ acknowledged: before.size, lost: 0, double: 0, ghosts: 0, wrongSums: 0 });

    // And it takes events.
    const again = await new Clients({ url: () => (restored as Arena).api, workspace: WORKSPACE, seed: 'again', count: 2, pauseMs: 10 }).start();
    await sleep(500);
    await again.stop();
    expect((await checkLedger(restored, WORKSPACE, { sent: new Map([...clients.sent, ...again.sent]), acknowledged: new Set([...before, ...again.acknowledged]) })).lost).toBe(0);
  } finally {
    await restored?.stop();
    await arena.stop();
    rmSync(copy, { recursive: true, force: true });
  }
}, 240_000);
