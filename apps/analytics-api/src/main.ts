import '@shadower/telemetry/start';
import { bootstrap } from '@shadower/telemetry';
import { AppModule } from './app.module';
import { config } from './config';
import { configureHttp } from './http/configure-http';

void bootstrap(AppModule, { port: config.PORT, host: config.HOST, configure: configureHttp });
