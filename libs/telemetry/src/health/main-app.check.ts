import { Injectable } from '@nestjs/common';
import { env } from '../config';
import { HealthRegistry } from './health-registry';

/** The Main App is somebody else's: nice to have, asked only where MAIN_APP_URL names it. */
@Injectable()
export class MainAppCheck {
  constructor(health: HealthRegistry) {
    const url = env.MAIN_APP_URL;
    if (!url) return;
    health.register({
      name: 'main_app',
      criticality: 'optional',
      async check() {
        const response = await fetch(url, { signal: AbortSignal.timeout(900), redirect: 'manual' });
        await response.body?.cancel();
        if (!response.ok) throw new Error(`answered ${response.status}`);
      },
    });
  }
}
