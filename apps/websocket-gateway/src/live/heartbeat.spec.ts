import { Heartbeat } from './heartbeat';

describe('Heartbeat', () => {
  it('asks once after one silent interval and gives up after two', () => {
    const heartbeat = new Heartbeat(1_000, 0);
    expect(heartbeat.check(999)).toBe('fine');
    expect(heartbeat.check(1_000)).toBe('ask');
    expect(heartbeat.check(1_001)).toBe('fine');
    expect(heartbeat.check(2_000)).toBe('dead');
  });

  it('goes on for ever with a client that answers', () => {
    const heartbeat = new Heartbeat(1_000, 0);
    let asked = 0;
    for (let now = 0; now < 20_000; now += 100) {
      const state = heartbeat.check(now);
      expect(state).not.toBe('dead');
      if (state === 'ask') asked += 1;
      if (state === 'ask') heartbeat.heard(now + 50);
    }
    expect(asked).toBeGreaterThan(15);
  });
});
