import { join } from 'node:path';
import { DATA_DIR } from '../stack/paths';
import { portNear } from '../stack/port';
import { runningStack } from '../stack/running-stack';
import { startMonitoring } from './start-monitoring';
import { watchAlerts } from './watch-alerts';

const PROMETHEUS_PORT = 9090;
const ALERTMANAGER_PORT = 9093;

function endAsked(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => done());
    process.on('disconnect', () => done());
  });
}

async function main(): Promise<void> {
  const urls = runningStack()?.urls;
  if (!urls) throw new Error('npm start does not run here; start it first, in another terminal');
  const asked = endAsked();
  const receiver = await watchAlerts(console.log);
  const ports = { prometheus: await portNear(PROMETHEUS_PORT), alertmanager: await portNear(ALERTMANAGER_PORT) };
  const monitoring = await startMonitoring({ urls, dataDir: join(DATA_DIR, 'monitor'), receiver, ports });
  console.log(`
  Prometheus     ${monitoring.prometheus.url}/alerts   what fires, what is pending
                 ${monitoring.prometheus.url}/targets  who is scraped
  Alertmanager   ${monitoring.alertmanager.url}
  A picture      npm run dashboard

Slack and PagerDuty are played by this terminal: their messages appear below. Ctrl-C ends it.
`);
  await asked;
  await monitoring.stop();
  await receiver.stop();
  if (process.connected) process.disconnect();
}

main().catch((error: unknown) => {
  console.error(`npm run monitor failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
  if (process.connected) process.disconnect();
});
