import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { renderDashboard, SERVICE_PANELS, writeDashboards, writeRequests } from '@shadower/monitoring';
import { ROOT } from '../stack/paths';

const USAGE = 'npm run dashboard [-- --prometheus URL --minutes N]   writes the generated files of monitoring/, and docs/dashboard.html from a running Prometheus (npm run monitor)';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { prometheus: { type: 'string', default: 'http://localhost:9090' }, minutes: { type: 'string', default: '15' }, help: { type: 'boolean' } } });
  if (values.help) return console.log(USAGE);
  for (const name of [...writeDashboards(), ...writeRequests()]) console.log(`wrote monitoring/${name}`);
  const alive = await fetch(`${values.prometheus}/-/ready`).then(({ ok }) => ok, () => false);
  if (!alive) return console.log(`no picture: no Prometheus answers at ${values.prometheus} (npm run monitor starts one)`);
  const { html, empty } = await renderDashboard({ prometheus: values.prometheus, rows: SERVICE_PANELS, now: Date.now(), minutes: Number(values.minutes) });
  writeFileSync(join(ROOT, 'docs', 'dashboard.html'), html);
  console.log(`wrote docs/dashboard.html${empty.length > 0 ? `; without data: ${empty.join(', ')}` : ''}`);
}

main()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  })
  .finally(() => process.connected && process.disconnect());
