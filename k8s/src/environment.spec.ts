import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { configMaps, containersOf, deployments, jobs, type Manifest, pods } from './manifest';
import { K8S, render } from './render';

type Schema = z.ZodObject<Record<string, z.ZodType>>;

/** Given by each Deployment, by the image, or on purpose by nobody. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  PORT: 'each Deployment',
  HOST: 'each Deployment',
  APP_VERSION: 'the package inside the image',
  APP_REVISION: 'the image',
};
/** Secrets that no pod gets unless somebody decides to. */
const NOT_MOUNTED: Readonly<Record<string, string>> = {
  OPS_TOKEN: 'probes and Prometheus call from private networks, which need no token',
};

// The migration program reads its environment when it is loaded, and has no default.
process.env['DATABASE_MIGRATION_URL'] ??= 'postgres://owner:unused@127.0.0.1/unused';
const ROOT = join(K8S, '..');
/** The schemas are read from the apps' sources: what an app accepts is what a manifest may give. */
const schemaOf = (file: string): Schema => jest.requireActual<{ envSchema: Schema }>(join(ROOT, 'apps', file)).envSchema;
const isSecret = (schema: z.ZodType): boolean => {
  for (let at: z.ZodType | undefined = schema; at; at = (at.def as { innerType?: z.ZodType }).innerType) if (at.meta()?.['secret'] === true) return true;
  return false;
};
const namesOf = (schema: Schema, secret: boolean): string[] => Object.entries(schema.shape).filter(([, field]) => isSecret(field) === secret).map(([name]) => name);

const objects = render('overlays/prod');
const schemas = new Map(deployments(objects).map((d) => [d.metadata.name ?? '', schemaOf(`${d.metadata.name}/src/config`)]));
const configFile = readFileSync(join(K8S, 'base', 'config.env'), 'utf8');
const lines = [...configFile.matchAll(/^(#)?([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, comment, name = '', value = '']) => ({ active: !comment, name, value }));
const secretFilesOf = (name: string, of: Manifest[]): string[] =>
  pods(of).filter((pod) => pod.owner.metadata.name === name).flatMap(containersOf).flatMap((c) => (c.env ?? []).map((e) => e.name).filter((e) => e.endsWith('_FILE'))).map((e) => e.replace(/_FILE$/, '')).sort();

describe('the environment of the cluster', () => {
  it('config.env names every variable that is no secret, and no other', () => {
    const known = new Set([...schemas.values()].flatMap((schema) => namesOf(schema, false)));
    expect(lines.map(({ name }) => name).sort()).toEqual([...known].filter((name) => !(name in ELSEWHERE)).sort());
  });

  it('shows the default of what it leaves out', () => {
    const wrong = lines.filter(({ active, name, value }) => {
      const field = [...schemas.values()].map((schema) => schema.shape[name]).find(Boolean);
      return !active && JSON.stringify(field?.safeParse(value === '' ? undefined : value).data) !== JSON.stringify(field?.safeParse(undefined).data);
    });
    expect(wrong).toEqual([]);
  });

  it.each([...schemas.keys()])('%s gets each of its secrets as a file, and no other', (app) => {
    const wanted = namesOf(schemas.get(app) as Schema, true).filter((name) => !(name in NOT_MOUNTED) && name !== 'DATABASE_MIGRATION_URL').sort();
    expect(secretFilesOf(app, objects)).toEqual(wanted);
  });

  it('the migration Job gets the owner’s login and nothing else', () => {
    expect(jobs(objects).map((job) => secretFilesOf(job.metadata.name ?? '', objects))).toEqual([['DATABASE_MIGRATION_URL']]);
    expect(namesOf(schemaOf('analytics-api/src/migrate/config'), true)).toContain('DATABASE_MIGRATION_URL');
  });

  it.each(['overlays/dev', 'overlays/prod'])('%s: the apps accept the configuration', (overlay) => {
    const rendered = render(overlay);
    const data = configMaps(rendered).find((map) => /^analytics-config-/.test(map.metadata.name ?? ''))?.data ?? {};
    for (const [app, schema] of schemas) {
      const own = Object.fromEntries(deployments(rendered).filter((d) => d.metadata.name === app).flatMap((d) => d.spec?.template.spec?.containers[0]?.env ?? []).map((e) => [e.name, e.value]));
      expect(schema.partial().safeParse({ ...data, ...own }).error?.issues ?? []).toEqual([]);
    }
  });
});
