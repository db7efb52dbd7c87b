import '@shadower/telemetry/start';
import { Module } from '@nestjs/common';
import { bootstrap, TelemetryModule } from '@shadower/telemetry';
import { Gauge } from 'prom-client';
import { HelloController } from './hello.controller';

@Module({ imports: [TelemetryModule.forRoot({})], controllers: [HelloController] })
class OursModule {}

/** Series besides our own, to measure a scrape of a given size. */
const series = Number(process.env.BENCH_SERIES ?? 0);
if (series > 0) {
  const gauge = new Gauge({ name: 'bench_series', help: 'Fills the exposition.', labelNames: ['number'] });
  for (let number = 0; number < series; number++) gauge.set({ number }, number);
}

void bootstrap(OursModule, { port: Number(process.env.PORT), host: '127.0.0.1' });
