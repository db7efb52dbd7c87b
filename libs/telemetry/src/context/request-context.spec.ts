import { currentContext, runInContext, updateContext } from './request-context';

describe('the request context', () => {
  it('works without start, across awaits, and ends with its function', async () => {
    await runInContext({ request_id: 'a' }, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      updateContext({ user_id: 'u' });
      await Promise.resolve();
      expect(currentContext()).toEqual({ request_id: 'a', user_id: 'u' });
    });
    expect(currentContext()).toEqual({});
  });

  it('hands its fields down and not up', () => {
    runInContext({ request_id: 'a' }, () => {
      runInContext({ job_id: 'j' }, () => {
        updateContext({ user_id: 'u' });
        expect(currentContext()).toEqual({ request_id: 'a', job_id: 'j', user_id: 'u' });
      });
      expect(currentContext()).toEqual({ request_id: 'a' });
    });
  });

  it('is not mixed up between what runs at the same time', async () => {
    const one = (id: string) =>
      runInContext({ request_id: id }, async () => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
        return currentContext().request_id;
      });
    const ids = Array.from({ length: 50 }, (_, index) => String(index));
    expect(await Promise.all(ids.map(one))).toEqual(ids);
  });

  it('outside of a request, an update does nothing', () => {
    updateContext({ user_id: 'u' });
    expect(currentContext()).toEqual({});
  });
});
