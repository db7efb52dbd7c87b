import { join } from 'node:path';
import { startAlertmanager, startPrometheus, type Receiver, type Server } from '@shadower/monitoring';
import { findMonitoringProgram } from './monitoring-programs';
import type { StackAddresses } from '../stack/running-stack';

export interface MonitoringOptions {
  urls: StackAddresses['urls'];
  dataDir: string;
  receiver: Receiver;
  ports: { prometheus: number; alertmanager: number };
  /** `host:port` under which Prometheus reaches Alertmanager, when it is not its own. */
  alertmanager?: string;
  /** Divides every time window of rules, scrapes and routes. */
  factor?: number;
}

const host = (url: string): string => new URL(url).host;

/** Prometheus and Alertmanager with the files of monitoring/ beside running applications. */
export async function startMonitoring({ urls, dataDir, receiver, ports, alertmanager: reached, factor }: MonitoringOptions): Promise<{ prometheus: Server; alertmanager: Server; stop: () => Promise<void> }> {
  // Prometheus runs from its unpacked package, Alertmanager does not.
  findMonitoringProgram('prometheus-alertmanager');
  const alertmanager = await startAlertmanager({ dataDir: join(dataDir, 'alertmanager'), port: ports.alertmanager, receiver: receiver.url, factor });
  const targets = {
    ...Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, [host(url)]])),
    'analytics-cluster': [host(urls['jobs-worker'])],
    prometheus: [`127.0.0.1:${ports.prometheus}`],
    alertmanager: [`127.0.0.1:${ports.alertmanager}`],
  };
  try {
    const prometheus = await startPrometheus({ dataDir: join(dataDir, 'prometheus'), port: ports.prometheus, targets, alertmanager: reached ?? `127.0.0.1:${ports.alertmanager}`, factor });
    return { prometheus, alertmanager, stop: async () => void (await Promise.all([prometheus.stop(), alertmanager.stop()])) };
  } catch (error) {
    await alertmanager.stop();
    throw error;
  }
}
