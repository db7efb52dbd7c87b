import { keys } from './keys';

const slotTag = (key: string): string | undefined => /\{([^}]+)\}/.exec(key)?.[1];

describe('keys', () => {
  it('puts all keys of a workspace into one Redis Cluster slot', () => {
    const tags = [keys.live('acme'), keys.liveEpoch('acme'), keys.answers('acme'), keys.limitOfWorkspace('acme'), keys.limitOfCaller('acme', 'ann')].map(slotTag);
    expect(new Set(tags)).toEqual(new Set(['acme']));
  });
});
