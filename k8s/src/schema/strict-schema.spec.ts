import { K8S, render } from '../render';
import { RENDERED } from '../rendered';
import { schemaProblems } from './strict-schema';

const deployment = () => {
  const found = render('overlays/prod').find((object) => object.kind === 'Deployment');
  return structuredClone(found) as unknown as { apiVersion: string; kind: string; metadata: object; spec: { template: { spec: { containers: Record<string, unknown>[] } } } };
};

describe('strict schema', () => {
  it.each(RENDERED)('%s: every object is known to the API server to the last field', (overlay) => {
    const objects = render(overlay);
    expect(objects.length).toBeGreaterThan(5);
    expect(objects.flatMap((object) => schemaProblems(object).map((problem) => `${object.metadata.name}: ${problem}`))).toEqual([]);
  });

  it.each([
    ['a misspelt field', { readynessProbe: {} }, /readynessProbe: unknown field of V1Container/],
    ['a number for a quantity', { resources: { limits: { cpu: 1 } } }, /limits\.cpu: must be a string/],
    ['a string for a number', { ports: [{ containerPort: '8000' }] }, /containerPort: must be a whole number/],
    ['a missing field', { volumeMounts: [{ name: 'tmp' }] }, /mountPath: required/],
    ['a value outside its closed set', { imagePullPolicy: 'Sometimes' }, /Sometimes is none of/],
    ['an object for a list', { args: {} }, /args: must be a list/],
  ])('refuses %s', (_title, change, message) => {
    const broken = deployment();
    Object.assign(broken.spec.template.spec.containers[0] ?? {}, change);
    expect(schemaProblems(broken as never).join('\n')).toMatch(message);
  });

  it('refuses a retired API version', () => {
    expect(schemaProblems({ ...deployment(), apiVersion: 'apps/v1beta1' } as never)).toEqual(['apiVersion: apps/v1beta1 is not the stable version of Deployment']);
  });

  it('says which overlay cannot be rendered', () => {
    expect(() => render('overlays/none')).toThrow(new RegExp(`${K8S}/overlays/none`));
  });
});
