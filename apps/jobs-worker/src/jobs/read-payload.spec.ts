import { rollupJob } from '@shadower/domain';
import { UnrecoverableError } from 'bullmq';
import { readPayload } from './read-payload';

const read = (data: unknown) => readPayload({ queue: 'rollup', payload: rollupJob }, data);

describe('readPayload', () => {
  it('gives the checked payload, with what it leaves out', () => {
    expect(read({ v: 1, workspace_id: 'acme' })).toEqual({ v: 1, workspace_id: 'acme', context: {} });
    expect(read({ v: 1, workspace_id: 'acme', context: { request_id: 'r' }, later: true })).toEqual({ v: 1, workspace_id: 'acme', context: { request_id: 'r' } });
  });

  it.each([null, undefined, 'text', 7, [], {}, { v: 0, workspace_id: 'acme' }, { v: '1', workspace_id: 'acme' }, { v: 1 }, { v: 1, workspace_id: '../acme' }, { v: 1, workspace_id: 'acme', context: { request_id: 'x'.repeat(1_000) } }])(
    'gives up at once on %j, naming what is wrong',
    (data) => {
      expect(() => read(data)).toThrow(UnrecoverableError);
      expect(() => read(data)).toThrow(/rollup job: (payload|v|workspace_id|context\.request_id): /);
    },
  );

  it('lets a newer version be tried again, since a newer worker may get it', () => {
    const attempt = () => read({ v: 2, workspace_id: 'acme' });
    expect(attempt).toThrow('does not understand');
    expect(attempt).not.toThrow(UnrecoverableError);
  });
});
