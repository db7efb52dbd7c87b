import type { ExportsSnapshot, LiveChannel, LiveData, LiveProblem, LiveSnapshot, ServerMessage } from '@shadower/domain';

export type Frame<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;

/** What a channel starts from. */
export type LiveStart<Ch extends LiveChannel> = Ch extends 'exports' ? ExportsSnapshot : Ch extends 'alerts' ? null : LiveSnapshot;

export interface LiveHandlers<Ch extends LiveChannel = LiveChannel> {
  /** The channel begins, or begins anew: `snapshot` replaces all that is held (null on `alerts`). */
  start?(snapshot: LiveStart<Ch>): void;
  event?(event: Omit<Frame<'ev'>, 'data'> & { data: LiveData<Ch> }): void;
  /** Events were lost for good; `start` follows. */
  gap?(gap: Frame<'gap'>): void;
  /** The gateway will not serve this subscription; it has ended. */
  refused?(problem: LiveProblem): void;
}
