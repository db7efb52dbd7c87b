import { type DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DATABASE_CONFIG, type DatabaseConfig } from './config';
import { createDataSource } from './data-source';
import { DATABASE_CRITICALITY, DatabaseHealth, type Criticality } from './database-health';
import { CALLERS_PATIENCE, DatabaseConnection, type CallersPatience } from './database-connection';

/** Gives every feature the injectable `DataSource`; connects in the background when PostgreSQL is away at start. */
@Module({})
export class DatabaseModule {
  /** PostgreSQL is the truth, so an app is not ready without it (`required`) unless it says that it can go on for a while. */
  static forRoot(config: DatabaseConfig, applicationName = 'shadower', { criticality = 'required', patience }: { criticality?: Criticality; patience?: CallersPatience } = {}): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        { provide: DataSource, useFactory: () => createDataSource(config, applicationName) },
        { provide: DATABASE_CONFIG, useValue: config },
        { provide: CALLERS_PATIENCE, useValue: patience ?? null },
        { provide: DATABASE_CRITICALITY, useValue: criticality },
        DatabaseConnection,
        DatabaseHealth,
      ],
      exports: [DataSource],
    };
  }
}
