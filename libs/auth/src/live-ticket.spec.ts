import { liveTicketOf } from './live-ticket';

const principal = { sub: 'ann', workspaces: { acme: 'viewer' as const }, operator: false, expiresAt: 1_000 };

it('tells who listens to what, until when', () => {
  expect(liveTicketOf(principal, 'acme', 999_999)).toEqual({ user_id: 'ann', workspace_id: 'acme', expires_at: 1_000_000 });
});

it('is not for a token that has expired, were it tolerated elsewhere for some seconds more', () => {
  for (const now of [1_000_000, 1_004_000]) expect(() => liveTicketOf(principal, 'acme', now)).toThrow(expect.objectContaining({ code: 'unauthorized' }));
});

it('is not for a workspace that is not the caller’s, nor for a key that may not read', () => {
  expect(() => liveTicketOf(principal, 'other', 0)).toThrow(expect.objectContaining({ code: 'not_found' }));
  expect(() => liveTicketOf({ ...principal, scopes: ['ingest'] }, 'acme', 0)).toThrow(expect.objectContaining({ code: 'forbidden' }));
});
