import { cleanText, workspaceId } from './text';

test.each(['acme', 'A', '0f8fad5b-d9cb-469f-a165-70867728950e', 'x'.repeat(64)])('%s names a workspace', (name) => {
  expect(workspaceId.safeParse(name).success).toBe(true);
});

test.each(['', '-acme', 'a b', 'a/b', 'a{b}', 'é', 'x'.repeat(65), '__proto__'])('%j does not', (name) => {
  expect(workspaceId.safeParse(name).success).toBe(false);
});

test('text keeps emoji and right-to-left script, and refuses control characters', () => {
  expect(cleanText(10).safeParse('שלום 👋').success).toBe(true);
  for (const text of ['a\nb', '\u001b[31m', '\u007f', '']) expect(cleanText(10).safeParse(text).success).toBe(false);
});
