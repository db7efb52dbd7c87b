import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { debianBinary } from './debian-binary';
import { inFolder } from './folder';
import { Server } from './server';
import { shortenDuration } from './shorten';

export interface LocalAlertmanager {
  /** Holds configuration, secrets and data. */
  dataDir: string;
  port: number;
  /** URL that takes the place of Slack, PagerDuty and the dead man's switch. */
  receiver: string;
  factor?: number;
}
interface Route {
  routes?: Route[];
  [key: string]: unknown;
}

function shortened(route: Route, factor: number): Route {
  const { routes, ...rest } = route;
  for (const key of ['group_wait', 'group_interval', 'repeat_interval']) if (typeof rest[key] === 'string') rest[key] = shortenDuration(rest[key], factor);
  return { ...rest, ...(routes && { routes: routes.map((child) => shortened(child, factor)) }) };
}

async function rewritten({ dataDir, receiver, factor = 1 }: LocalAlertmanager): Promise<string> {
  const config = parse(readFileSync(inFolder('alertmanager.yml'), 'utf8')) as { global: Record<string, unknown>; route: Route; templates: string[]; receivers: { [kind: string]: unknown }[] };
  const secret = async (name: string, value: string): Promise<string> => {
    await writeFile(join(dataDir, name), value, { mode: 0o600 });
    return join(dataDir, name);
  };
  config.global['slack_api_url_file'] = await secret('slack_api_url', `${receiver}/slack`);
  config.global['pagerduty_url'] = `${receiver}/pagerduty/v2/enqueue`;
  config.global['resolve_timeout'] = shortenDuration(config.global['resolve_timeout'] as string, factor, 1_000);
  config.templates = config.templates.map((template) => inFolder(template));
  config.route = shortened(config.route, factor);
  const key = await secret('pagerduty_routing_key', 'local-routing-key');
  for (const { pagerduty_configs = [], webhook_configs = [] } of config.receivers as Record<string, Record<string, unknown>[]>[]) {
    for (const pagerduty of pagerduty_configs) pagerduty['routing_key_file'] = key;
    for (const webhook of webhook_configs) webhook['url'] = `${receiver}/dead-mans-switch`;
  }
  return stringify(config);
}

/** Debian's Alertmanager with the configuration of this folder, its receivers rewritten to one on this machine. */
export async function startAlertmanager(options: LocalAlertmanager): Promise<Server> {
  const { dataDir, port } = options;
  await mkdir(dataDir, { recursive: true });
  await writeFile(join(dataDir, 'alertmanager.yml'), await rewritten(options));
  const args = ['--config.file=alertmanager.yml', '--storage.path=data', '--cluster.listen-address=', `--web.listen-address=127.0.0.1:${port}`];
  return Server.start({ name: 'Alertmanager', file: await debianBinary('prometheus-alertmanager'), args, cwd: dataDir, readyUrl: `http://127.0.0.1:${port}/-/ready` });
}
