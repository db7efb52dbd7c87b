import { erasureJob } from '@shadower/domain';
import { JobQueues } from '@shadower/redis';
import { inWorkspace } from '@shadower/database';
import { TestApi } from './test-api';

describe('erasing a user over REST', () => {
  let api: TestApi;
  let token: string;
  beforeAll(async () => {
    api = await TestApi.start();
    token = await api.token({ acme: 'admin' });
  });
  afterAll(() => api?.stop());

  it('writes the order down, tells the worker, and shows the order until it is carried out', async () => {
    const erased = await api.call('DELETE', '/api/v1/workspaces/acme/users/ann%20%C3%A9', { token });
    expect(erased).toMatchObject({ status: 202, body: { user_id: 'ann é', status: 'pending' } });
    const location = erased.headers.get('location') as string;
    expect((await api.call('GET', location, { token })).body).toEqual(erased.body);
    const again = (await api.call('DELETE', '/api/v1/workspaces/acme/users/ann%20%C3%A9', { token })).body;
    expect(again).toEqual({ ...erased.body, requested_at: expect.any(String) });
    expect(Date.parse(again.requested_at)).toBeGreaterThanOrEqual(Date.parse(erased.body.requested_at));
    expect((await api.call('GET', location, { token })).body).toEqual(again);
    const jobs = await api.app.get(JobQueues).of('erasure').getJobs();
    expect(jobs.map(({ data }) => erasureJob.parse(data))[0]).toMatchObject({ workspace_id: 'acme', user_id: 'ann é' });
    // As the worker does at the end.
    await inWorkspace(api.dataSource, 'acme', (runner) => runner.query('DELETE FROM erasures WHERE workspace_id = $1', ['acme']));
    expect((await api.call('GET', location, { token })).status).toBe(404);
  });

  it.each(['%00', 'x'.repeat(129)])('refuses the user %s', async (user) => {
    expect((await api.call('DELETE', `/api/v1/workspaces/acme/users/${user}`, { token })).status).toBe(400);
  });
});
