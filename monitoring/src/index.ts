export { alerts, recordings } from './rules';
export { aptPackages, debianBinary } from './debian-binary';
export { freePort } from './free-port';
export { startAlertmanager, type LocalAlertmanager } from './local-alertmanager';
export { startPrometheus, type LocalPrometheus } from './local-prometheus';
export { Receiver, type Received } from './receiver';
export { Server } from './server';
