import { type DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { DatabaseConfig } from './config';
import { createDataSource } from './data-source';
import { DatabaseHealth } from './database-health';
import { DatabaseConnection } from './database-connection';

/** Gives every feature the injectable `DataSource`; connects in the background when PostgreSQL is away at start. */
@Module({})
export class DatabaseModule {
  static forRoot(config: DatabaseConfig, applicationName = 'shadower'): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [{ provide: DataSource, useFactory: () => createDataSource(config, applicationName) }, DatabaseConnection, DatabaseHealth],
      exports: [DataSource],
    };
  }
}
