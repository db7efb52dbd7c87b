import { LiveClient } from '@shadower/live-client';

/** A page that listens to alerts by the product's own client, and what that client told it. */
export class LiveViewer {
  /** Numbers of events, and the word that some may be missing. */
  readonly view: (number | 'gap')[] = [];
  /** The number that was told last. */
  last = 0;
  began = false;
  private readonly client: LiveClient;

  constructor(url: () => Promise<string>) {
    this.client = new LiveClient({ url });
    this.client.subscribe('alerts', {
      start: () => this.start(),
      gap: () => void this.view.push('gap'),
      // The publisher of this drill numbers its events, which are no real alerts.
      event: ({ data }) => void this.view.push((this.last = Number((data as Record<string, unknown>)['n']))),
    });
  }

  close(): void {
    this.client.close();
  }

  /** The first one is where the sequence begins; every other says that what was held is to be thrown away. */
  private start(): void {
    if (this.began && this.view.at(-1) !== 'gap') this.view.push('gap');
    this.began = true;
  }
}
