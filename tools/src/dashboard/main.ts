import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { renderDashboard, SERVICE_PANELS, writeDashboards, writeRedaction, writeRequests } from '@shadower/monitoring';
import { DATA_DIR, ROOT } from '../stack/paths';
import { takePicture } from './take-picture';

const USAGE = 'npm run dashboard [-- --prometheus URL --minutes N]   writes the generated files of monitoring/, and docs/dashboard.png from a running Prometheus (npm run monitor)';

/** As `npm run monitor` scrapes. */
const SCRAPE_SECONDS = 15;
/** Three panels beside each other, six rows of them. */
const PICTURE = { width: 1_760, height: 2_180 };

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { prometheus: { type: 'string', default: 'http://localhost:9090' }, minutes: { type: 'string', default: '15' }, help: { type: 'boolean' } } });
  if (values.help) return console.log(USAGE);
  for (const name of [...writeDashboards(), ...writeRequests(), writeRedaction()]) console.log(`wrote monitoring/${name}`);
  const alive = await fetch(`${values.prometheus}/-/ready`).then(({ ok }) => ok, () => false);
  if (!alive) return console.log(`no picture: no Prometheus answers at ${values.prometheus} (npm run monitor starts one)`);
  const { html, empty } = await renderDashboard({ prometheus: values.prometheus, rows: SERVICE_PANELS, now: Date.now(), minutes: Number(values.minutes), scrapeSeconds: SCRAPE_SECONDS });
  mkdirSync(DATA_DIR, { recursive: true });
  const page = join(DATA_DIR, 'dashboard.html');
  writeFileSync(page, html);
  console.log(`wrote ${page}${empty.length > 0 ? `; without data: ${empty.join(', ')}` : ''}`);
  takePicture({ html: page, png: join(ROOT, 'docs', 'dashboard.png'), ...PICTURE });
  console.log('wrote docs/dashboard.png');
}

main()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  })
  .finally(() => process.connected && process.disconnect());
