import { productionTree } from './production-tree';

const lock = {
  'apps/api': { dependencies: { web: '1', '@our/lib': '*' }, optionalDependencies: { fast: '1', native: '1', absent: '1' } },
  'libs/lib': { dependencies: { web: '2' } },
  'libs/lib/node_modules/web': { version: '2.0.0' },
  'node_modules/@our/lib': { resolved: 'libs/lib', link: true },
  'node_modules/web': { version: '1.0.0', dependencies: { deep: '1' }, peerDependencies: { kernel: '1', choice: '1' }, peerDependenciesMeta: { choice: { optional: true } } },
  'node_modules/web/node_modules/deep': { version: '1.0.0' },
  'node_modules/deep': { version: '9.0.0' },
  'node_modules/kernel': { version: '1.0.0' },
  'node_modules/choice': { version: '1.0.0' },
  'node_modules/fast': { version: '1.0.0' },
  'node_modules/native': { version: '1.0.0', os: ['linux'] },
  'node_modules/test-runner': { version: '1.0.0' },
};

describe('production tree', () => {
  it('has what the app can load, each from where Node would take it, and nothing else', () => {
    expect(productionTree(lock, 'apps/api')).toEqual([
      'apps/api',
      'libs/lib',
      'libs/lib/node_modules/web',
      'node_modules/@our/lib',
      'node_modules/fast',
      'node_modules/kernel',
      'node_modules/web',
      'node_modules/web/node_modules/deep',
    ]);
  });

  it('refuses a lock that lacks something', () => {
    const { 'node_modules/kernel': _gone, ...incomplete } = lock;
    expect(() => productionTree(incomplete, 'apps/api')).toThrow('node_modules/web needs kernel');
  });
});
