import { BUFFER_LIMIT_BYTES, SendGate, SLOW_CONSUMER_MS } from './send-gate';

const over = BUFFER_LIMIT_BYTES + 1;

describe('SendGate', () => {
  it('is open up to the limit and full beyond it', () => {
    const gate = new SendGate();
    expect(gate.check(BUFFER_LIMIT_BYTES, 0)).toBe('open');
    expect(gate.check(over, 0)).toBe('full');
  });

  it('gives up on a client that stays over the limit for 5 s', () => {
    const gate = new SendGate();
    gate.check(over, 1_000);
    expect(gate.check(over, 1_000 + SLOW_CONSUMER_MS - 1)).toBe('full');
    expect(gate.check(over, 1_000 + SLOW_CONSUMER_MS)).toBe('too_slow');
  });

  it('starts to count anew when the client caught up in between', () => {
    const gate = new SendGate();
    gate.check(over, 0);
    expect(gate.check(10, 4_000)).toBe('open');
    expect(gate.check(over, 5_000)).toBe('full');
    expect(gate.check(over, 9_000)).toBe('full');
  });
});
