export { databaseEnv, type DatabaseConfig } from './config';
export { createDataSource, MIGRATIONS_TABLE } from './data-source';
export { StatementError } from './database-error';
export { buryJob, deadJobs, redriveDeadJob, type DeadJob, type DeadJobRow } from './dead-jobs';
export { DatabaseModule } from './database.module';
export { migrate, revert } from './migrate';
export { MIGRATIONS } from './migrations';
export { activeUserRows, bucketOfTime, dirtyBuckets, DURATION_BINS_PER_DOUBLING, factsOf, ROLLUP_COLUMNS, rollupRows, USERS_PER_CHUNK } from './rollup-sql';
export { inSystem, inWorkspace, poolOf, runStatement, type Statement } from './transaction';
