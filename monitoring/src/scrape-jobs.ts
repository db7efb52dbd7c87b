import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { inFolder } from './folder';

export interface ScrapeJob {
  job_name: string;
  metrics_path?: string;
  sample_limit?: number;
  static_configs?: { targets: string[] }[];
  dns_sd_configs?: { names: string[]; port: number }[];
}

export const readScrapeJobs = (): ScrapeJob[] => (parse(readFileSync(inFolder('prometheus.yml'), 'utf8')) as { scrape_configs: ScrapeJob[] }).scrape_configs;

/** Names of the scrape jobs, which are the values of the label `job`. */
export const scrapeJobs = (): string[] => readScrapeJobs().map(({ job_name }) => job_name);

/** `host:port` of every target, as the compose network knows them. */
export const scrapeTargets = (): string[] => readScrapeJobs().flatMap(({ static_configs = [], dns_sd_configs = [] }) => [...static_configs.flatMap(({ targets }) => targets), ...dns_sd_configs.flatMap(({ names, port }) => names.map((name) => `${name}:${port}`))]);
