import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { containersOf, type Manifest, pods } from './manifest';
import { K8S, render } from './render';
import { RULES } from './rules/rules';
import { schemaProblems } from './schema/strict-schema';

/** A copy of the manifests, edited as docs/deployment.md says. */
const folder = mkdtempSync(join(tmpdir(), 'shadower-k8s-'));
function edit(file: string, from: string | RegExp, to: string): void {
  const text = readFileSync(join(folder, file), 'utf8');
  const edited = text.replaceAll(from, to);
  if (edited === text) throw new Error(`${file} has no ${from}`);
  writeFileSync(join(folder, file), edited);
}
const problems = (objects: Manifest[]): string[] => [...objects.flatMap(schemaProblems), ...RULES.flatMap((rule) => rule.check(objects).map((found) => `${rule.id}: ${found}`))];

const REGISTRY = 'registry.example.com:5000/our/team';
for (const name of ['base', 'components', 'overlays']) cpSync(join(K8S, name), join(folder, name), { recursive: true });
edit('overlays/prod/kustomization.yaml', /newName: shadower\//g, `newName: ${REGISTRY}/`);
edit('overlays/prod/kustomization.yaml', /sha256:0+/g, `sha256:${'a1'.repeat(32)}`);
edit('overlays/prod/data-stores.yaml', '10.0.0.0/8', '10.20.0.0/16');
edit('base/ingress.yaml', 'analytics.example.com', 'stats.acme.org');
edit('base/config.env', 'analytics.example.com', 'stats.acme.org');
const rendered = render(relative(K8S, join(folder, 'overlays/prod-operators')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
/** The same with one text in place of another wherever it stands. */
const replaced = (from: string, to: string): Manifest[] => JSON.parse(JSON.stringify(rendered).replaceAll(from, to)) as Manifest[];

it('the edits that every deployment needs pass every rule', () => {
  expect(problems(rendered)).toEqual([]);
  expect(pods(rendered).flatMap(containersOf).map(({ image }) => image)).toContain(`${REGISTRY}/jobs-worker:0.1.0@sha256:${'a1'.repeat(32)}`);
});

it.each(['registry.example.com/team', 'localhost:5000', 'team'])('images of %s pass', (registry) => expect(problems(replaced(REGISTRY, registry))).toEqual([]));

it('another app under the name of one does not', () => {
  expect(problems(replaced(`${REGISTRY}/jobs-worker`, `${REGISTRY}/analytics-api`))).toEqual(['image-of-its-workload: Deployment/jobs-worker/jobs-worker']);
});

it.each(['10.0.0.0/8', '172.20.4.16/28', '192.168.7.0/24', '100.64.3.4/32'])('data stores in %s pass', (network) => expect(problems(replaced('10.20.0.0/16', network))).toEqual([]));

it.each(['10.0.0.0/7', '172.32.0.0/16', '8.8.8.0/24', '10.1.2.3/16', '10.0.0.0/33', '10.0.0.256/32', 'everything'])('data stores in %s do not', (network) => {
  expect(problems(replaced('10.20.0.0/16', network))).toEqual([`blocks-are-blocks: NetworkPolicy/allow-data-stores: ${network}`]);
});
