interface Turn<T> {
  running: Promise<T>;
  next?: Promise<T>;
}

/**
 * Shares reads between those who ask at the same time. An answer was always read after it was asked for, never by a read already under way:
 * those who ask meanwhile share the next one. So a thousand clients that return at once cost two reads.
 */
export class FreshReads<T> {
  private readonly turns = new Map<string, Turn<T>>();

  constructor(private readonly read: (key: string) => Promise<T>) {}

  get(key: string): Promise<T> {
    const turn = this.turns.get(key);
    if (!turn) return this.start(key);
    const start = (): Promise<T> => this.start(key);
    turn.next ??= turn.running.then(start, start);
    return turn.next;
  }

  private start(key: string): Promise<T> {
    const turn: Turn<T> = { running: this.read(key) };
    this.turns.set(key, turn);
    const done = (): void => {
      if (!turn.next) this.turns.delete(key);
    };
    turn.running.then(done, done);
    return turn.running;
  }
}
