import { randomBytes, randomUUID } from 'node:crypto';
import { inWorkspace } from '@shadower/database';
import type { TestApi } from './test-api';

const SPEC = { dataset: 'events', format: 'csv', compression: 'none', from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z', filter: {} };

/** Makes a new object of a workspace, of each kind that a path can name, and gives its name. */
export function tenantObjects(api: TestApi) {
  const sql = (workspace: string, text: string, values: unknown[]) => inWorkspace(api.dataSource, workspace, (runner) => runner.query(text, [workspace, ...values]));
  const event = async (workspace: string, about: object): Promise<void> => {
    const events = [{ id: randomUUID(), type: 'execution.completed', time: new Date().toISOString(), ...about }];
    const { status } = await api.call('POST', `/api/v1/workspaces/${workspace}/events`, { token: await api.token({ [workspace]: 'member' }), body: { events } });
    if (status !== 200) throw new Error(`the event was answered ${status}`);
  };
  return {
    execution: async (workspace: string): Promise<string> => {
      const id = randomUUID();
      await event(workspace, { execution_id: id });
      return id;
    },
    agent: async (workspace: string): Promise<string> => {
      const id = randomUUID();
      await event(workspace, { agent_id: id });
      return id;
    },
    alert: async (workspace: string): Promise<string> => {
      const id = randomUUID();
      await sql(workspace, `INSERT INTO alerts (workspace_id, id, kind, subject, details) VALUES ($1, $2, 'spike', $3, '{}')`, [id, id]);
      return id;
    },
    key: async (workspace: string): Promise<string> => {
      const id = randomBytes(8).toString('hex');
      await sql(workspace, `INSERT INTO api_keys (workspace_id, id, secret_hash, name, scopes, created_by) VALUES ($1, $2, $3, 'ci', '{read}', 'ann')`, [id, randomBytes(32)]);
      return id;
    },
    export: async (workspace: string): Promise<string> => {
      const id = randomUUID();
      await sql(workspace, `INSERT INTO exports (workspace_id, id, spec, status) VALUES ($1, $2, $3, 'failed')`, [id, SPEC]);
      return id;
    },
    erasure: async (workspace: string): Promise<string> => {
      const id = randomUUID();
      await sql(workspace, 'INSERT INTO erasures (workspace_id, user_id) VALUES ($1, $2)', [id]);
      return id;
    },
  };
}
export type TenantObject = keyof ReturnType<typeof tenantObjects>;
