import { newTable } from './new-table';

const rows = (isTerminal: boolean): string => {
  const table = newTable({ head: ['what', 'how many'], colAligns: ['left', 'right'] }, isTerminal);
  table.push(['rows', '8,819'], ['credits', '9,398.831']);
  return table.toString();
};

it('is plain, aligned text where there is no terminal', () => {
  expect(rows(false).split('\n').map((line) => line.trimEnd())).toEqual(['what      how many', 'rows         8,819', 'credits  9,398.831']);
});

it('is drawn on a terminal', () => {
  expect(rows(true)).toContain('│ credits │ 9,398.831 │');
});
