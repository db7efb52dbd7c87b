import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deployments } from './manifest';
import { quantity } from './quantity';
import { K8S, render } from './render';
import { RENDERED } from './rendered';

const MIB = 2 ** 20;
const page = readFileSync(join(K8S, '..', 'docs', 'deployment.md'), 'utf8');
const rows = [...page.matchAll(/^\| ([a-z-]+) \| (\d+) \| (\d+) \| ([\d.]+) \| (\S+) \| (\S+) \| (\S+) \| (\S+) \|$/gm)].map(([, app, idle, most, cores, cpu, memory, cpuLimit, memoryLimit]) => ({
  app: String(app),
  idle: Number(idle) * MIB,
  most: Number(most) * MIB,
  cores: Number(cores),
  resources: { requests: { cpu, memory }, limits: { cpu: cpuLimit, memory: memoryLimit } },
}));

it('every app was measured', () => expect(rows.map(({ app }) => app)).toEqual(['analytics-api', 'jobs-worker', 'websocket-gateway']));

describe.each(rows)('$app', ({ app, idle, most, cores, resources }) => {
  it('asks for what it was seen to need, as the page says', () => {
    expect(idle).toBeLessThanOrEqual(most);
    expect(quantity(resources.requests.memory)).toBe(Math.ceil(most / (64 * MIB)) * 64 * MIB);
    expect(quantity(resources.requests.cpu)).toBeCloseTo(Math.round((cores * 3) / 0.05) * 0.05);
    expect(quantity(resources.limits.memory)).toBeGreaterThanOrEqual(2 * most);
    expect(quantity(resources.limits.cpu)).toBe(1);
  });

  it.each(RENDERED)('does so in %s', (overlay) => {
    const [container] = deployments(render(overlay)).find(({ metadata }) => metadata.name === app)?.spec?.template.spec?.containers ?? [];
    expect(container?.resources).toMatchObject(resources);
  });
});
