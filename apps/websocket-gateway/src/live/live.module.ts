import { Module, type DynamicModule } from '@nestjs/common';
import { Identity } from './identity';
import { LIVE_CONFIG, type LiveConfig } from './live-config';
import { LiveGateway } from './live-gateway';
import { LiveHealth } from './live-health';
import { LiveHub } from './live-hub';
import { SubscriptionOpener } from './subscription-opener';
import { SnapshotReader } from './snapshot-reader';

/** Everything behind `/live`. */
@Module({})
export class LiveModule {
  static forRoot(config: LiveConfig): DynamicModule {
    return { module: LiveModule, providers: [{ provide: LIVE_CONFIG, useValue: config }, Identity, SnapshotReader, SubscriptionOpener, LiveHub, LiveGateway, LiveHealth] };
  }
}
