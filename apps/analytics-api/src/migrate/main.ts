import '@shadower/telemetry/start';
import { migrate } from '@shadower/database';
import { getLogger } from '@shadower/telemetry';
import { config } from './config';

/** `node dist/migrate/main.js`: brings the schema to the level of this release and ends; 1 when it could not. Any number may run at once. */
void migrate(config.DATABASE_MIGRATION_URL).then(() => getLogger('migrate').info({}, 'the schema is at the level of this release'));
