import { killed } from './g01-killed';
import { repeated } from './g02-repeated';
import { emptyRedis } from './g03-empty-redis';
import { databaseAway } from './g04-database-away';
import { hungWorker } from './g05-hung-worker';
import { badNetwork } from './g06-bad-network';
import { clockJumps } from './g08-clock-jumps';
import { telemetryAway } from './g09-telemetry-away';
import { rollingRestart } from './g10-rolling-restart';
import { liveGaps } from './g11-live-gaps';
import { slowClients } from './g12-slow-clients';
import { poison } from './g13-poison';
import { fullDisk } from './g07-full-disk';
import { migrations } from './g14-migrations';
import type { ChaosPromise } from './promise';

export const PROMISES: readonly ChaosPromise[] = [killed, repeated, emptyRedis, databaseAway, hungWorker, badNetwork, fullDisk, clockJumps, telemetryAway, rollingRestart, liveGaps, slowClients, poison, migrations];
