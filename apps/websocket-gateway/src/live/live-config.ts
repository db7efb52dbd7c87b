/** Injects the `LiveConfig`. */
export const LIVE_CONFIG = Symbol('LIVE_CONFIG');

export interface LiveConfig {
  /** Origins of web pages that may connect besides the gateway's own; `*` lets all in. */
  allowedOrigins: readonly string[];
  maxConnections: number;
  heartbeatMs: number;
}
