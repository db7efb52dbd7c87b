import { once } from 'node:events';
import { LIVE_PATH } from '@shadower/domain';
import { connect, TicketStore } from '@shadower/redis';
import { getLogger } from '@shadower/telemetry';
import { until } from '../stack/until';
import { LivePublisher } from './live-publisher';
import { LiveViewer } from './live-viewer';
import { repeatedEvents, silentGaps } from './silent-gaps';

/** What an audience heard of all that was published. Repetitions are allowed: Redis may die between taking an event and saying so. */
export interface Heard {
  events: number;
  /** Events that Redis did not take. */
  refused: number;
  silent: number;
  repeated: number;
  announced: number;
}

/** Pages that listen to a workspace by the product's own client, and one who publishes to it. */
export class LiveAudience {
  private constructor(
    readonly viewers: readonly LiveViewer[],
    private readonly publisher: LivePublisher,
    private readonly disconnect: () => void,
  ) {}

  /** `gateway`: where a viewer connects, asked each time. Resolves when all have begun, or patience is at its end. */
  static async start(options: { redisUrl: string; workspace: string; count: number; gateway: () => string; patienceMs: number }): Promise<LiveAudience> {
    const { redisUrl, workspace, count, gateway, patienceMs } = options;
    // That Redis is lost is what is done here, not news.
    getLogger('redis').level = 'silent';
    const redis = connect(redisUrl, 'command');
    await once(redis, 'ready', { signal: AbortSignal.timeout(10_000) });
    const tickets = new TicketStore(redis);
    const url = async (): Promise<string> => {
      const ticket = await tickets.issue({ user_id: 'viewer', workspace_id: workspace, expires_at: Date.now() + 3_600_000 });
      return `${gateway().replace(/^http/, 'ws')}${LIVE_PATH}?ticket=${ticket}`;
    };
    const viewers = Array.from({ length: count }, () => new LiveViewer(url));
    await until(() => (viewers.every(({ began }) => began) ? true : undefined), patienceMs);
    const publisher = await LivePublisher.start(redisUrl, workspace);
    return new LiveAudience(viewers, publisher, () => redis.disconnect());
  }

  /** Resolves when all have heard something that was published after now; how many have not when patience is at its end. */
  async deafOnes(patienceMs: number): Promise<number> {
    const n = await this.publisher.nextTaken(patienceMs);
    const deaf = (): number => this.viewers.filter(({ last }) => n === undefined || last < n).length;
    await until(() => (deaf() === 0 ? true : undefined), patienceMs, 20);
    return deaf();
  }

  /** Nothing more is published; the mark of what Redis did not take may be a second behind. */
  async judge(): Promise<Heard> {
    await this.publisher.stop();
    const { publications } = this.publisher;
    const sum = (count: (viewer: LiveViewer) => number): number => this.viewers.reduce((all, viewer) => all + count(viewer), 0);
    const silent = (): number => sum(({ view }) => silentGaps(view, publications).length);
    await until(() => (silent() === 0 ? true : undefined), 5_000, 500);
    const refused = publications.filter(({ taken }) => !taken).length;
    return { events: publications.length, refused, silent: silent(), repeated: sum(({ view }) => repeatedEvents(view).length), announced: sum(({ view }) => view.filter((line) => line === 'gap').length) };
  }

  async stop(): Promise<void> {
    await this.publisher.stop();
    for (const viewer of this.viewers) viewer.close();
    this.publisher.disconnect();
    this.disconnect();
  }
}
