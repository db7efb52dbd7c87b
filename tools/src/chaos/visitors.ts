import { setTimeout as sleep } from 'node:timers/promises';
import { request } from '../testing/json-request';
import { demoToken } from '../token/demo-token';

/** One question, and how it was answered. */
export interface Asked {
  path: string;
  /** 0: not at all. */
  status: number;
  ms: number;
}

const PAUSE_MS = 50;

/** Asks beside the events what people ask, one after another: each question leans on other servers. `stop` gives all of it. */
export class Visitors {
  private readonly asked: Asked[] = [];
  private stopping = false;
  private readonly loop: Promise<void>;

  constructor(api: string, workspace: string) {
    this.loop = this.run(api, workspace);
  }

  async stop(): Promise<Asked[]> {
    this.stopping = true;
    await this.loop;
    return this.asked;
  }

  private async run(api: string, workspace: string): Promise<void> {
    const token = await demoToken({ workspace });
    const questions = [{ path: `/api/v1/workspaces/${workspace}/overview` }, { path: '/api/v1/stream/tickets', method: 'POST', body: { workspace_id: workspace } }, { path: '/ready' }, { path: '/live' }];
    for (let turn = 0; !this.stopping; turn += 1) {
      const { path, ...how } = questions[turn % questions.length] as { path: string; method?: string; body?: unknown };
      const began = performance.now();
      const status = await request(api + path, { ...how, token }).then((answer) => answer.status, () => 0);
      this.asked.push({ path, status, ms: performance.now() - began });
      await sleep(PAUSE_MS);
    }
  }
}
