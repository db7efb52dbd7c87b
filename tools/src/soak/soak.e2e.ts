import { startApps } from '../testing/start-apps';
import { drawSoak, soakSummary } from './draw-soak';
import { soak } from './soak';

it('drives demo traffic, watches every application, and draws what it saw', async () => {
  const apps = await startApps({ LOG_LEVEL: 'warn' });
  try {
    const series = await soak(apps.stack, { minutes: 0.1, rate: 20 });
    expect(series.accepted).toBeGreaterThan(0);
    for (const points of [...Object.values(series.memory), ...Object.values(series.latency)]) {
      expect(points.length).toBeGreaterThan(2);
      expect(points.every(({ value }) => value > 0)).toBe(true);
    }
    const picture = drawSoak(series, 'a short one');
    for (const part of ['<svg', 'resident MB', ...Object.keys(series.memory)]) expect(picture).toContain(part);
    expect(soakSummary(series)).toEqual(expect.arrayContaining([expect.stringMatching(/^jobs-worker +\d+ -> \d+ MB, slope [+-][\d.]+ MB an hour; floors \d+ MB, slope [+-][\d.]+ MB an hour; answers p50 [\d.]+ ms/)]));
  } finally {
    await apps.stop();
  }
}, 120_000);
