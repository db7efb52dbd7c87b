/** What an event `e` says of its execution, unless it carries a status of its own. */
export const executionStatus = `coalesce(e.status, CASE e.type WHEN 'execution.completed' THEN 'succeeded' WHEN 'execution.failed' THEN 'failed' ELSE 'running' END)`;

/** How far apart the clocks may be of those who tell of one execution, in milliseconds: its end is not looked for before its start by more. */
export const CLOCKS_APART_MS = 86_400_000;

/**
 * Condition on an event `e` that makes it stand for its execution: its end does, and its start only until the end is known. `workspace` is an SQL
 * expression. `since` lies CLOCKS_APART_MS before all the events that are looked at; as a plain parameter or literal it tells the planner which days'
 * partitions it may leave alone, and the start's own time tells the executor which of the others.
 */
export const standsForExecution = (workspace: string, since: string): string => `e.type IN ('execution.started', 'execution.completed', 'execution.failed')
  AND (e.type <> 'execution.started' OR NOT EXISTS (SELECT FROM events f WHERE f.workspace_id = ${workspace} AND f.execution_id = e.execution_id AND f.type IN ('execution.completed', 'execution.failed')
    AND f.time >= ${since} AND f.time >= e.time - interval '${CLOCKS_APART_MS} milliseconds'))`;
