import { Inject, Injectable } from '@nestjs/common';
import { HealthRegistry, type DependencyCheck } from '@shadower/telemetry';
import { DataSource } from 'typeorm';
import { MIGRATIONS_TABLE } from './data-source';
import { MIGRATIONS } from './migrations';
import { refuseWhileSilent } from './silence';
import { poolOf } from './transaction';

const NEWEST = MIGRATIONS.at(-1)?.name;

export type Criticality = DependencyCheck['criticality'];
/** Injects whether the app can do without PostgreSQL for a while. */
export const DATABASE_CRITICALITY = Symbol('DATABASE_CRITICALITY');

/** PostgreSQL answers, and its schema is at least as new as this build. */
@Injectable()
export class DatabaseHealth {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(DATABASE_CRITICALITY) criticality: Criticality,
    health: HealthRegistry,
  ) {
    health.register({ name: 'postgresql', criticality, check: () => this.check() });
  }

  private async check(): Promise<Record<string, unknown>> {
    refuseWhileSilent(this.dataSource);
    const { rows } = await poolOf(this.dataSource).query<{ newest: string | null }>(`SELECT max(name) FILTER (WHERE name = $1) AS newest FROM ${MIGRATIONS_TABLE}`, [NEWEST]);
    if (!rows[0]?.newest) throw new Error('the schema is older than this build; run the migrations');
    const { totalCount, idleCount, waitingCount } = poolOf(this.dataSource);
    return { schema: NEWEST, connections: totalCount, idle: idleCount, waiting: waitingCount };
  }
}
