/** Every word that crosses a process border, spelled once. */
export const EVENT_TYPES = ['execution.started', 'execution.completed', 'execution.failed', 'credits.consumed', 'user.active', 'query.run'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** What analytics can be broken down by. */
export const DIMENSIONS = ['agent', 'kind', 'model', 'user'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

export const EXECUTION_STATUSES = ['running', 'succeeded', 'failed', 'cancelled', 'timed_out'] as const;
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

/** Ordered from the least to the most powerful. */
export const ROLES = ['viewer', 'member', 'admin', 'owner'] as const;
export type Role = (typeof ROLES)[number];

/** What an API key may be for. */
export const SCOPES = ['ingest', 'read', 'export', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export const LIVE_CHANNELS = ['metrics', 'executions', 'credits', 'alerts', 'exports'] as const;
export type LiveChannel = (typeof LIVE_CHANNELS)[number];

/** True when `held` is `needed` or more powerful. */
export const roleReaches = (held: Role, needed: Role): boolean => ROLES.indexOf(held) >= ROLES.indexOf(needed);
