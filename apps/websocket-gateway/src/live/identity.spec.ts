import type { TokenService } from '@shadower/auth';
import type { LiveTicket } from '@shadower/domain';
import type { TicketStore } from '@shadower/redis';
import { Identity } from './identity';

/** Somebody whose ticket and token end in so many seconds; the token service still takes what ended a moment ago. */
function visitor(endsInSeconds: number): Identity {
  const expiresAt = Math.floor(Date.now() / 1_000) + endsInSeconds;
  const claims: LiveTicket = { user_id: 'ada', workspace_id: 'acme', expires_at: expiresAt * 1_000 };
  const principal = { sub: 'ada', workspaces: { acme: 'viewer' }, operator: false, expiresAt };
  return new Identity({ redeem: async () => claims } as unknown as TicketStore, { verifyToken: async () => principal } as unknown as TokenService);
}

describe.each([
  ['a ticket', { ticket: 't' }],
  ['a token', { authorization: 'Bearer t', workspaceId: 'acme' }],
])('Identity, shown %s', (_, credentials) => {
  it('knows a visitor up to the end of the token', async () => {
    expect(await visitor(60).of(credentials)).toMatchObject({ user_id: 'ada', workspace_id: 'acme' });
  });

  it('lets nobody in whom the expiry would cut off at once', async () => {
    await expect(visitor(-1).of(credentials)).rejects.toMatchObject({ code: 'unauthorized' });
  });
});
