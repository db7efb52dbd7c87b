import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { debianBinary } from './debian-binary';
import { inFolder } from './folder';
import { isAlert, readRules, RULE_FILES } from './rules';
import { Server } from './server';
import { shortenDuration, shortenExpression } from './shorten';

export interface LocalPrometheus {
  /** Holds configuration, rules and data. */
  dataDir: string;
  port: number;
  /** `host:port` of each target by the name of its scrape job; jobs that are not named are left out. */
  targets: Record<string, string[]>;
  /** `host:port` of Alertmanager. */
  alertmanager?: string;
  /** Divides every time window; 1 leaves the files as they are. */
  factor?: number;
}
interface Configuration {
  global: Record<string, unknown>;
  rule_files: string[];
  alerting?: unknown;
  scrape_configs: { job_name: string; [key: string]: unknown }[];
}

/** A scrape may take as long as the time to the next one; on a busy machine a quarter of a second is not enough. */
const LEAST_SCRAPE_MS = 1_000;

function rewritten({ targets, alertmanager, factor = 1 }: LocalPrometheus): Configuration {
  const config = parse(readFileSync(inFolder('prometheus.yml'), 'utf8')) as Configuration;
  for (const key of ['scrape_interval', 'scrape_timeout', 'evaluation_interval']) config.global[key] = shortenDuration(config.global[key] as string, factor, LEAST_SCRAPE_MS);
  if (alertmanager) config.alerting = { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] };
  else delete config.alerting;
  config.scrape_configs = config.scrape_configs
    .filter(({ job_name }) => targets[job_name])
    .map(({ dns_sd_configs: _dns, ...job }) => ({ ...job, static_configs: [{ targets: targets[job.job_name] }] }));
  return config;
}

/** The rules of this folder, with their time windows divided by `factor` and nothing else changed. */
export const shortenedRules = (file: string, factor: number): unknown => ({
  groups: readRules(file).map((group) => ({
    ...group,
    rules: group.rules.map((rule) => {
      const expr = shortenExpression(rule.expr, factor);
      if (!isAlert(rule)) return { ...rule, expr };
      const times = Object.fromEntries(['for', 'keep_firing_for'].flatMap((key) => (key in rule ? [[key, shortenDuration(rule[key as 'for'] as string, factor)]] : [])));
      return { ...rule, expr, ...times };
    }),
  })),
});

/** Debian's Prometheus with the files of this folder, its targets rewritten to the running ports. */
export async function startPrometheus(options: LocalPrometheus): Promise<Server> {
  const { dataDir, port, factor = 1 } = options;
  await mkdir(join(dataDir, 'rules'), { recursive: true });
  await writeFile(join(dataDir, 'prometheus.yml'), stringify(rewritten(options)));
  for (const { file } of RULE_FILES) await writeFile(join(dataDir, file), stringify(shortenedRules(file, factor)));
  const args = ['--config.file=prometheus.yml', '--storage.tsdb.path=tsdb', '--storage.tsdb.retention.time=35d', `--web.listen-address=127.0.0.1:${port}`, '--web.enable-lifecycle', `--rules.alert.resend-delay=${shortenDuration('1m', factor)}`, '--enable-feature=exemplar-storage'];
  return Server.start({ name: 'Prometheus', file: await debianBinary('prometheus'), args, cwd: dataDir, readyUrl: `http://127.0.0.1:${port}/-/ready` });
}
