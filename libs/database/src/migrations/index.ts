import { Initial1763900000000 } from './1763900000000-initial';
import { JobsAndAlerts1763900100000 } from './1763900100000-jobs-and-alerts';
import { Executions1763900200000 } from './1763900200000-executions';
import { ApiKeys1763900300000 } from './1763900300000-api-keys';
import { IdempotencyKeys1763900310000 } from './1763900310000-idempotency-keys';
import { DayDim1763900400000 } from './1763900400000-day-dim';
import { RetentionPolicy1763900500000 } from './1763900500000-retention-policy';
import { Exports1763900600000 } from './1763900600000-exports';
import { Generation1763900700000 } from './1763900700000-generation';
import { ExportPercent1763900800000 } from './1763900800000-export-percent';
import { ActiveDays1763900900000 } from './1763900900000-active-days';
import { PartitionsWithoutScan1763901000000 } from './1763901000000-partitions-without-scan';
import { NoArrivalIndex1763901100000 } from './1763901100000-no-arrival-index';

/** In the order in which they run. */
export const MIGRATIONS = [
  Initial1763900000000,
  JobsAndAlerts1763900100000,
  Executions1763900200000,
  ApiKeys1763900300000,
  IdempotencyKeys1763900310000,
  DayDim1763900400000,
  RetentionPolicy1763900500000,
  Exports1763900600000,
  Generation1763900700000,
  ExportPercent1763900800000,
  ActiveDays1763900900000,
  PartitionsWithoutScan1763901000000,
  NoArrivalIndex1763901100000,
];
