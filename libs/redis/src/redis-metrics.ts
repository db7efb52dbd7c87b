import { Inject, Injectable } from '@nestjs/common';
import { onClusterScrape } from '@shadower/telemetry';
import type { Redis } from 'ioredis';
import { REDIS } from './tokens';

/** Exports what Redis holds in all. Every app can answer for it; the scraper asks one. */
@Injectable()
export class RedisMetrics {
  constructor(@Inject(REDIS) redis: Redis) {
    onClusterScrape('cache_size_bytes', async () => [{ labels: {}, value: usedMemory(await redis.info('memory')) }]);
    onClusterScrape('cache_items_total', async () => [{ labels: {}, value: await redis.dbsize() }]);
  }
}

function usedMemory(info: string): number {
  const bytes = /^used_memory:(\d+)/m.exec(info)?.[1];
  if (bytes === undefined) throw new Error('redis does not say how much memory it uses');
  return Number(bytes);
}
