import { roleReaches } from './vocabulary';

test('a role reaches itself and all below it', () => {
  expect(roleReaches('admin', 'admin')).toBe(true);
  expect(roleReaches('owner', 'viewer')).toBe(true);
  expect(roleReaches('viewer', 'member')).toBe(false);
});
