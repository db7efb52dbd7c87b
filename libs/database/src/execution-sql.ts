/** What an event `e` says of its execution, unless it carries a status of its own. */
export const executionStatus = `coalesce(e.status, CASE e.type WHEN 'execution.completed' THEN 'succeeded' WHEN 'execution.failed' THEN 'failed' ELSE 'running' END)`;

/** Condition on an event `e` that makes it stand for its execution: its end does, and its start only until the end is known. `workspace` is an SQL expression. */
export const standsForExecution = (workspace: string): string => `e.type IN ('execution.started', 'execution.completed', 'execution.failed')
  AND (e.type <> 'execution.started' OR NOT EXISTS (SELECT FROM events f WHERE f.workspace_id = ${workspace} AND f.execution_id = e.execution_id AND f.type IN ('execution.completed', 'execution.failed')))`;
