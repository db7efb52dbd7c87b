import { newApiKey, presentedKey } from './api-key';

it('a new key is read as what it is, and holds its secret only in itself', () => {
  const made = newApiKey('acme-1_x');
  expect(presentedKey(made.text)).toEqual({ workspaceId: 'acme-1_x', id: made.id, secretHash: made.secretHash });
  expect(made.secretHash).toHaveLength(32);
  expect(newApiKey('acme-1_x').text).not.toBe(made.text);
});

it.each(['', 'shk_', 'eyJ.a.b', 'shk_acme', `shk_.0123456789abcdef.${'a'.repeat(43)}`, `shk_-a.0123456789abcdef.${'a'.repeat(43)}`, `shk_acme.0123456789ABCDEF.${'a'.repeat(43)}`, `shk_acme.0123456789abcdef.${'a'.repeat(44)}`, `xshk_acme.0123456789abcdef.${'a'.repeat(43)}`])(
  '%j is no key',
  (token) => expect(presentedKey(token)).toBeUndefined(),
);
