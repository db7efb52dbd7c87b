import Redis from 'ioredis';

/** Everything that the database at `url` keeps, keys included, as one text. Throws at a type that it cannot read. */
export async function redisContents(url: string): Promise<string> {
  const redis = new Redis(url);
  const read: Record<string, (key: string) => Promise<unknown>> = {
    string: (key) => redis.get(key),
    list: (key) => redis.lrange(key, 0, -1),
    set: (key) => redis.smembers(key),
    zset: (key) => redis.zrange(key, '0', '-1', 'WITHSCORES'),
    hash: (key) => redis.hgetall(key),
    stream: (key) => redis.xrange(key, '-', '+'),
    // It went while it was looked at.
    none: async () => null,
  };
  try {
    const keys = new Set<string>();
    for await (const batch of redis.scanStream({ count: 1_000 }) as AsyncIterable<string[]>) for (const key of batch) keys.add(key);
    const parts: string[] = [];
    for (const key of keys) {
      const type = await redis.type(key);
      const contents = read[type];
      if (!contents) throw new Error(`${key} is a ${type}`);
      parts.push(`${key} ${JSON.stringify(await contents(key))}`);
    }
    return parts.join('\n');
  } finally {
    redis.disconnect();
  }
}
