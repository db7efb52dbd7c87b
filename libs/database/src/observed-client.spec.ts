import { operationOf } from './observed-client';

it.each([
  ['SELECT 1', 'select'],
  ['  insert into t values (1)', 'insert'],
  ['WITH a AS (SELECT 1), b AS (INSERT INTO t SELECT * FROM a) SELECT 1', 'insert'],
  ['WITH a AS (SELECT 1) SELECT * FROM a', 'select'],
  ['START TRANSACTION', 'transaction'],
  ['COMMIT', 'transaction'],
  ['CREATE TABLE t ()', 'ddl'],
  ['VACUUM', 'other'],
  ['', 'other'],
])('%j is measured as %s', (text, operation) => expect(operationOf(text)).toBe(operation));
