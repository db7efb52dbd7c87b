export { AppError, PROBLEMS, type AppErrorDetails, type FieldProblem, type ProblemCode } from './app-error';
export { BUCKET_SECONDS, bucketOf } from './bucket';
export { creditAmount, fromMicroCredits, sumCredits, toMicroCredits } from './credits';
export { EVENT_LIMITS, eventSchema, type AnalyticsEvent } from './event';
export { jobContext, QUEUES, rollupJob, ROLLUP_DEBOUNCE_MS, ROLLUP_SWEEP_MS, UPKEEP_EVERY_MS, upkeepJob, type QueueName, type RollupJob, type UpkeepJob, type UpkeepTask } from './job';
export { changedBucket, clientMessage, CLOSE_CODES, GAP_REASONS, liveEntry, LIVE_LIMITS, LIVE_PATH, liveProblem, liveRow, liveSnapshot, LIVE_SUBPROTOCOL, liveTicket, rowsOfChannel, serverMessage } from './live';
export type { ChangedBucket, ClientMessage, CloseReason, LiveEntry, LivePosition, LiveProblem, LiveRow, LiveSnapshot, LiveTicket, ServerMessage } from './live';
export { cleanText, workspaceId } from './text';
export { EVENT_TYPES, EXECUTION_STATUSES, LIVE_CHANNELS, roleReaches, ROLES, type EventType, type ExecutionStatus, type LiveChannel, type Role } from './vocabulary';
