/** The image that official builds pull, under which the tests make their own. */
export const BASE_IMAGE = 'docker.io/library/node:24-bookworm-slim';

/** The environment of every engine and build: works where there is neither systemd nor a user session, as in a CI container. */
export const ENGINE_ENV = {
  ...process.env,
  STORAGE_DRIVER: 'overlay',
  DISABLE_HC_SYSTEMD: 'true',
  CONTAINER_ENGINE: 'buildah',
  NODE_IMAGE: BASE_IMAGE,
  REVISION: 'of-the-image-test',
  NX_DAEMON: 'false',
  NX_ISOLATE_PLUGINS: 'false',
  NX_NO_CLOUD: 'true',
  NX_TUI: 'false',
};
