import { Diary } from '../test/diary';
import { connections, FakeSocket, HEARTBEAT_MS, newest, UNAVAILABLE } from '../test/fake-socket';

describe('LiveClient', () => {
  let diary: Diary;

  beforeEach(() => (diary = new Diary()));
  afterEach(() => diary.close());

  describe('an attempt to connect', () => {
    it('that waits too long for its ticket opens no socket when the ticket comes, beside the next one', async () => {
      const late: ((url: string) => void)[] = [];
      diary.url.mockImplementation(() => new Promise((resolve) => late.push(resolve)));
      await diary.start();
      await diary.pass(10_000 + 250);
      expect(late).toHaveLength(2);
      late.forEach((resolve) => resolve('ws://gateway/live?ticket=t'));
      await diary.pass(0);
      expect(FakeSocket.all).toHaveLength(1);
    });

    it('that was given up changes nothing when its ticket fails at last', async () => {
      const late: ((reason: Error) => void)[] = [];
      diary.url.mockImplementationOnce(() => new Promise((_, reject) => late.push(reject)));
      await diary.start();
      await diary.pass(10_000 + 250);
      newest().hello();
      late[0]!(new Error('too late'));
      await diary.pass(0);
      expect(diary.states).toEqual(['connecting', 'waiting', 'connecting', 'open']);
    });

    it.each(['connecting', 'open', 'waiting'] as const)('is the last one when the user closes on the word "%s"', async (word) => {
      diary.connect((state) => void (state === word && diary.client?.close()));
      await diary.pass(0);
      newest().hello();
      newest().lose();
      await diary.pass(250);
      const bought = diary.url.mock.calls.length;
      await diary.pass(600_000);
      expect(diary.url).toHaveBeenCalledTimes(bought);
    });
  });

  it('asks once for what is subscribed when it opens', async () => {
    diary.connect((state) => void (state === 'open' && diary.client!.subscribe('alerts', diary.handlers)));
    await diary.pass(0);
    newest().hello();
    expect(newest().subs).toHaveLength(1);
  });

  it('asks for nothing more once it is closed, whatever still comes', async () => {
    await diary.opened();
    diary.client?.close();
    const socket = newest();
    socket.hello();
    socket.lose();
    await diary.pass(600_000);
    expect(diary.url).toHaveBeenCalledTimes(1);
    expect(diary.states).toEqual(['connecting', 'open', 'closed']);
  });

  describe('its watchdog', () => {
    it('leaves a gateway that answers alone, however late a hidden tab looks', async () => {
      await diary.opened();
      const socket = newest();
      const asks = (): number => socket.sent.filter(({ type }) => type === 'ping').length;
      for (let minute = 1; minute <= 10; minute += 1) {
        // As a browser does it: the timer fires once, whole minutes late, and nothing was heard since the last answer.
        jest.setSystemTime(Date.now() + 60_000);
        await diary.pass(HEARTBEAT_MS);
        socket.tell({ type: 'pong' });
      }
      expect(asks()).toBe(10);
      expect(diary.states).toEqual(['connecting', 'open']);
    });

    it('leaves a gateway that did not answer the last ping', async () => {
      await diary.opened();
      await diary.pass(HEARTBEAT_MS);
      newest().tell({ type: 'pong' });
      await diary.pass(2 * HEARTBEAT_MS);
      expect(diary.states).toEqual(['connecting', 'open', 'waiting']);
    });
  });

  describe('the wait between two attempts', () => {
    it.each([
      ['without a hello, up to 10 s', false, [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]],
      ['soon after their hello, up to 2 s', true, [250, 500, 1_000, 2_000, 2_000, 2_000]],
    ])('grows while connections end %s', async (_, greeted, waits) => {
      await diary.start();
      for (const wait of waits) {
        const before = connections();
        if (greeted) newest().hello();
        newest().lose(4401);
        await diary.pass(wait - 1);
        expect(connections()).toBe(before);
        await diary.pass(1);
        expect(connections()).toBe(before + 1);
      }
    });

    it('is short again after a connection that lasted', async () => {
      await diary.start();
      for (const wait of [250, 500, 1_000]) {
        newest().lose();
        await diary.pass(wait);
      }
      newest().hello();
      await diary.pass(5_000);
      newest().lose();
      await diary.pass(250);
      expect(connections()).toBe(5);
    });

    it('is what a bye says', async () => {
      await diary.opened();
      newest().tell({ type: 'bye', retry_ms: 3_000 });
      newest().lose(1001);
      await diary.pass(2_999);
      expect(connections()).toBe(1);
      await diary.pass(1);
      expect(connections()).toBe(2);
    });
  });

  describe('what it tells of problems', () => {
    it('is why the gateway would not have it, and why there was no ticket', async () => {
      diary.url.mockRejectedValueOnce(new Error('the API is away'));
      await diary.start();
      await diary.pass(250);
      newest().tell({ type: 'err', problem: { ...UNAVAILABLE, detail: 'full', retry_after_ms: undefined } });
      newest().lose(1013);
      await diary.pass(500);
      newest().hello();
      expect(diary.states).toEqual(['connecting', 'waiting', 'connecting', 'waiting', 'connecting', 'open']);
      expect(diary.reasons).toEqual([undefined, 'the API is away', undefined, 'full', undefined, undefined]);
    });

    it('is nothing that concerned a subscription which is no more', async () => {
      await diary.opened();
      newest().tell({ type: 'err', id: 'gone', problem: { ...UNAVAILABLE, detail: 'of the subscription', retry_after_ms: 60_000 } });
      newest().lose();
      await diary.pass(250);
      expect(connections()).toBe(2);
      expect(diary.reasons).not.toContain('of the subscription');
    });

    it.each([4400, 4403])('ends with %d: it does not try again', async (code) => {
      await diary.opened();
      newest().tell({ type: 'err', problem: { ...UNAVAILABLE, status: 403, detail: 'not yours' } });
      newest().lose(code);
      await diary.pass(600_000);
      expect(diary.url).toHaveBeenCalledTimes(1);
      expect(diary.states).toEqual(['connecting', 'open', 'refused']);
      expect(diary.reasons.at(-1)).toBe('not yours');
    });
  });
});
