import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { connect, JobQueues } from '@shadower/redis';
import { freshDatabase, redisDatabase } from '@shadower/tools/testing';
import type { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import { openDatabase } from './worker-database';

/** Whole workers in this process, and what a test needs to see what they do. */
export interface RunningWorkers {
  /** The first of them. */
  app: INestApplicationContext;
  dataSource: DataSource;
  /** The same database as its owner. */
  admin: DataSource;
  redis: Redis;
  queues: JobQueues;
  stop(): Promise<void>;
}

/** Starts `count` workers on a database and a Redis of their own. What was started ends also when the rest fails. */
export async function startWorkers(count: number): Promise<RunningWorkers> {
  const ends: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (let end = ends.pop(); end; end = ends.pop()) await end();
  };
  try {
    const database = await freshDatabase();
    ends.push(() => database.drop());
    process.env.DATABASE_URL = database.url;
    process.env.REDIS_URL = await redisDatabase();
    // Not imported above, because it reads the environment.
    const { AppModule } = jest.requireActual<{ AppModule: Type }>('../src/app.module');
    const apps: INestApplicationContext[] = [];
    for (let started = 0; started < count; started += 1) {
      const worker = await NestFactory.createApplicationContext(AppModule, { logger: false });
      ends.push(() => worker.close());
      apps.push(worker);
    }
    const [dataSource, admin] = [await openDatabase(database.url), await openDatabase(database.adminUrl)];
    const redis = connect(process.env.REDIS_URL, 'command');
    ends.push(() => redis.disconnect(), () => dataSource.destroy(), () => admin.destroy());
    await new Promise((resolve) => redis.once('ready', resolve));
    return { app: apps[0] as INestApplicationContext, dataSource, admin, redis, queues: new JobQueues(redis), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
