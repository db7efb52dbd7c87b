import fc from 'fast-check';
import { BUCKET_SECONDS, bucketOf } from './bucket';

test('a bucket holds its time and is shorter than 15 minutes away', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }), (time) => {
      const ahead = time.getTime() - bucketOf(time).getTime();
      expect(ahead).toBeGreaterThanOrEqual(0);
      expect(ahead).toBeLessThan(BUCKET_SECONDS * 1000);
    }),
  );
});

test('local midnight is a bucket boundary in every time zone that the runtime knows', () => {
  const day = Date.UTC(2026, 2, 29, 12);
  for (const timeZone of Intl.supportedValuesOf('timeZone')) {
    const zone = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(day).find((part) => part.type === 'timeZoneName');
    const minutes = Number(/:(\d\d)/.exec(zone?.value ?? '')?.[1] ?? 0);
    expect((minutes * 60) % BUCKET_SECONDS).toBe(0);
  }
});
