import { Diary } from '../test/diary';
import { EPOCH, event, newest, UNAVAILABLE } from '../test/fake-socket';

describe('a subscription of the live client', () => {
  let diary: Diary;

  beforeEach(() => (diary = new Diary()));
  afterEach(() => diary.close());

  describe('that cannot be served now', () => {
    const fail = (): void => newest().tell({ type: 'err', id: newest().subs.at(-1)!.id, problem: UNAVAILABLE });

    it('is asked for again after the time that the gateway names', async () => {
      await diary.opened();
      fail();
      await diary.pass(999);
      expect(newest().subs).toHaveLength(1);
      await diary.pass(1);
      expect(newest().subs).toHaveLength(2);
    });

    it('is asked for once on a connection that came in between', async () => {
      await diary.opened();
      fail();
      newest().lose();
      await diary.pass(250);
      newest().hello();
      newest().begin('1-0');
      await diary.pass(5_000);
      expect(newest().subs).toHaveLength(1);
      newest().tell(event(2));
      expect(diary.lines).toEqual(['start', '2-0']);
    });

    it('is not asked for after it was ended, nor taken for the one that follows it', async () => {
      const stop = await diary.opened();
      const first = newest().subs[0]!;
      fail();
      stop();
      diary.client!.subscribe('alerts', diary.handlers);
      await diary.pass(5_000);
      expect(newest().subs).toHaveLength(2);
      newest().tell({ type: 'err', id: first.id, problem: { ...UNAVAILABLE, status: 404, code: 'not_found' } });
      newest().begin('1-0');
      expect(diary.lines).toEqual(['start']);
    });
  });

  it('ends when the gateway will not serve it, and no other does', async () => {
    await diary.opened();
    const { id } = newest().subs[0]!;
    diary.client!.subscribe('exports', {});
    newest().tell({ type: 'err', id, problem: { ...UNAVAILABLE, status: 404, code: 'not_found' } });
    expect(diary.lines).toEqual(['refused not_found']);
    newest().lose();
    await diary.pass(250);
    newest().hello();
    expect(newest().subs.map(({ ch }) => ch)).toEqual(['exports']);
  });

  describe('where it stands', () => {
    it('is told when it comes back: the last event, or a later word of the gateway that nothing was missed', async () => {
      await diary.opened();
      newest().begin('1-0');
      newest().tell(event(2));
      newest().lose();
      await diary.pass(250);
      newest().hello();
      expect(newest().subs[0]!.since).toEqual({ epoch: EPOCH, offset: '2-0' });
      newest().begin('2-0', true);
      newest().begin('9-0', true);
      newest().lose();
      await diary.pass(500);
      newest().hello();
      expect(newest().subs[0]!.since).toEqual({ epoch: EPOCH, offset: '9-0' });
      expect(diary.lines).toEqual(['start', '2-0']);
    });

    it('is nowhere after a gap, until it starts anew', async () => {
      await diary.opened();
      newest().begin('1-0');
      newest().tell({ type: 'gap', id: newest().subs[0]!.id, ch: 'alerts', epoch: 'f', offset: '5-0', reason: 'epoch_changed' });
      newest().tell(event(6));
      newest().begin('5-0');
      newest().tell(event(7));
      expect(diary.lines).toEqual(['start', 'epoch_changed', 'start', '7-0']);
    });
  });
});
