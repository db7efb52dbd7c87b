import type { Pool } from 'pg';

/**
 * Opens half of the pool's connections, at least one, and has it keep as many: a process that has just become ready, and gets its share of the
 * traffic at once, shall not begin with a queue of callers who wait for handshakes. One that cannot be opened now is opened when it is needed.
 */
export async function warmPool(pool: Pool): Promise<void> {
  pool.options.min = Math.ceil((pool.options.max ?? 1) / 2);
  // All at the same time: one that was given back would be handed out again.
  const opened = await Promise.allSettled(Array.from({ length: pool.options.min }, () => pool.connect()));
  for (const connection of opened) if (connection.status === 'fulfilled') connection.value.release();
}
