import { imageProperties } from './image-properties';
import { apps, ensureImages } from './images';
import { beforeTheMigration, endTheWorld, inAContainer, makeTheWorld, stoppedWithWorkInFlight } from './running-containers';

jest.setTimeout(900_000);

/** One suite, because all of it needs the images, and building them is most of its time. */
describe('containers', () => {
  beforeAll(async () => {
    ensureImages();
    await makeTheWorld();
  });
  afterAll(endTheWorld);

  describe.each(apps)('the image of %s', imageProperties);
  describe('before the migration', beforeTheMigration);
  describe.each(apps)('%s in a container', inAContainer);
  describe('SIGTERM with work in flight', stoppedWithWorkInFlight);
});
