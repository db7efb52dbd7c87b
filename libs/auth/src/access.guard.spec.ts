import type { Role, Scope } from '@shadower/domain';
import { bearerToken, requireRole } from './access.guard';

const principal = { sub: 'u1', workspaces: { acme: 'member' as const }, operator: false, expiresAt: 0 };

describe('requireRole', () => {
  it('lets the same and a lower role pass', () => {
    requireRole(principal, 'acme', 'viewer');
    requireRole(principal, 'acme', 'member');
  });

  it('refuses a higher role', () => {
    expect(() => requireRole(principal, 'acme', 'admin')).toThrow(expect.objectContaining({ code: 'forbidden' }));
  });

  it.each(['other', '', '__proto__', 'constructor'])('answers the same for the unknown and the foreign workspace %j', (workspace) => {
    expect(() => requireRole(principal, workspace, 'viewer')).toThrow(expect.objectContaining({ code: 'not_found', detail: 'There is no such workspace, or it is not yours.' }));
  });
});

describe('requireRole of a key', () => {
  const key = (...scopes: Scope[]) => ({ ...principal, workspaces: { acme: 'viewer' as const }, scopes });

  it.each<[Scope[], Role, Scope | null | undefined, boolean]>([
    [['read'], 'viewer', undefined, true],
    [['ingest'], 'viewer', undefined, false],
    [['ingest'], 'member', 'ingest', true],
    [['read', 'export'], 'member', 'ingest', false],
    [['read', 'export', 'ingest'], 'admin', undefined, false],
    [['admin'], 'member', 'ingest', true],
    [['admin'], 'admin', null, false],
    [[], 'viewer', undefined, false],
  ])('with %j calls a route for %s and %s: %s', (scopes, role, scope, allowed) => {
    const call = () => requireRole(key(...scopes), 'acme', role, scope);
    if (allowed) call();
    else expect(call).toThrow(expect.objectContaining({ code: 'forbidden' }));
  });

  it('hides every other workspace', () => expect(() => requireRole(key('admin'), 'other', 'viewer')).toThrow(expect.objectContaining({ code: 'not_found' })));
});

describe('bearerToken', () => {
  it('takes the token', () => expect(bearerToken('bearer a.b-c_d')).toBe('a.b-c_d'));
  it.each([undefined, '', 'Basic abc', 'Bearer', 'Bearer a b', 'Bearer  a'])('refuses %j', (header) => {
    expect(() => bearerToken(header)).toThrow(expect.objectContaining({ code: 'unauthorized' }));
  });
});
