import { Initial1763900000000 } from './1763900000000-initial';
import { JobsAndAlerts1763900100000 } from './1763900100000-jobs-and-alerts';

/** In the order in which they run. */
export const MIGRATIONS = [Initial1763900000000, JobsAndAlerts1763900100000];
