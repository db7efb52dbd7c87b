import type { Principal } from '@shadower/auth';
import type { TicketStore } from '@shadower/redis';
import { TicketsController } from './tickets.controller';

const issue = jest.fn(async () => 'a ticket');
const controller = new TicketsController({ issue } as unknown as TicketStore);
const ada = (endsInSeconds: number): Principal => ({ sub: 'ada', workspaces: { acme: 'viewer' }, operator: false, expiresAt: Math.floor(Date.now() / 1_000) + endsInSeconds });

it('sells a ticket for as long as the token lasts, and none beyond it', async () => {
  const principal = ada(60);
  expect(await controller.create(principal, { workspace_id: 'acme' })).toEqual({ ticket: 'a ticket' });
  expect(issue).toHaveBeenCalledWith({ user_id: 'ada', workspace_id: 'acme', expires_at: principal.expiresAt * 1_000 });
  await expect(controller.create(ada(-1), { workspace_id: 'acme' })).rejects.toMatchObject({ code: 'unauthorized' });
  expect(issue).toHaveBeenCalledTimes(1);
});
