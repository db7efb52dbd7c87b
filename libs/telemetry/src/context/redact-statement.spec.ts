import { redactStatement } from './redact-statement';

describe('redactStatement', () => {
  it.each([
    [`COPY (SELECT e.id FROM events e WHERE e.model = 'it''s a secret' AND e.n = 1) TO STDOUT`, 'COPY (SELECT e.id FROM events e WHERE e.model = ? AND e.n = 1) TO STDOUT'],
    [`COPY (SELECT 1 WHERE m = 'costs $1' AND w = E'a\\'b\\\\' AND x = 'c') TO STDOUT`, 'COPY (SELECT 1 WHERE m = ? AND w = ? AND x = ?) TO STDOUT'],
    [`COPY (SELECT 1 WHERE m = 'cut off`, 'COPY (SELECT 1 WHERE m = ?'],
    [`SELECT $1::text, now() - interval '30 days'`, `SELECT $1::text, now() - interval '30 days'`],
    ['SELECT 1', 'SELECT 1'],
  ])('%s', (sql, shown) => expect(redactStatement(sql)).toBe(shown));
});
