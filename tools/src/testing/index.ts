export { freshDatabase, type TestDatabase } from './fresh-database';
export { redisDatabase } from './redis-database';
export { startApps, type AppsUnderTest, type LogLine } from './start-apps';
