import { MESSAGE_BURST, MESSAGES_PER_SECOND, MessageBudget } from './message-budget';

describe('MessageBudget', () => {
  it('grants a burst, then refuses', () => {
    const budget = new MessageBudget(0);
    for (let i = 0; i < MESSAGE_BURST; i += 1) expect(budget.spend(0)).toBe(true);
    expect(budget.spend(0)).toBe(false);
  });

  it('grants the steady rate for ever, and not twice that', () => {
    const [steady, double] = [new MessageBudget(0), new MessageBudget(0)];
    const interval = 1_000 / MESSAGES_PER_SECOND;
    let refused = 0;
    for (let i = 1; i <= 1_000; i += 1) {
      expect(steady.spend(i * interval)).toBe(true);
      if (!double.spend((i * interval) / 2)) refused += 1;
    }
    expect(refused).toBeGreaterThan(400);
  });

  it('earns nothing from a clock that steps back', () => {
    const budget = new MessageBudget(10_000);
    for (let i = 0; i < MESSAGE_BURST; i += 1) budget.spend(10_000);
    expect(budget.spend(0)).toBe(false);
  });
});
