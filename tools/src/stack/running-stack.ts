import { join } from 'node:path';
import { DATA_DIR } from './paths';
import { type RecordedProcess, recordedProcess } from './pid-file';

/** The three applications, each with the port that it is given when nobody has it. */
export const APP_PORTS = { 'analytics-api': 8000, 'jobs-worker': 8001, 'websocket-gateway': 8002 } as const;
export type AppName = keyof typeof APP_PORTS;
export const APP_NAMES = Object.keys(APP_PORTS) as AppName[];

/** What a running stack tells the other tools. */
export interface StackAddresses {
  /** `http://127.0.0.1:8000` and so on, without a slash at the end. */
  urls: Record<AppName, string>;
  /** As the applications log in. */
  databaseUrl: string;
  redisUrl: string;
}

export const stackFile = (dataDir: string): string => join(dataDir, 'stack.json');

/** The `npm start` that runs on this data folder; without addresses while it is still starting. */
export function runningStack(dataDir = DATA_DIR): (RecordedProcess & Partial<StackAddresses>) | undefined {
  return recordedProcess<StackAddresses>(stackFile(dataDir));
}
