import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { spawnSync } from 'node:child_process';
import { findChromium } from '../testing/chromium-program';

/** A picture of a local page as Chromium shows it, written to `png`. Throws where there is no Chromium. */
export function takePicture({ html, png, width, height }: { html: string; png: string; width: number; height: number }): void {
  const profile = mkdtempSync(join(tmpdir(), 'shadower-picture-'));
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', `--user-data-dir=${profile}`, `--window-size=${width},${height}`, `--screenshot=${png}`, pathToFileURL(html).href];
  try {
    const { status, stderr } = spawnSync(findChromium(), args, { encoding: 'utf8', timeout: 60_000 });
    if (status !== 0) throw new Error(`Chromium took no picture: ${stderr}`);
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}
