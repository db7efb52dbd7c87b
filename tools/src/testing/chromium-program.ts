import { findOrInstall } from '../stack/debian-program';

const CHROMIUM = {
  names: ['chromium', 'chromium-browser', 'google-chrome'],
  debianPackage: 'chromium',
  how: 'the live page is tested in a real browser (Debian: apt-get install chromium)',
} satisfies Parameters<typeof findOrInstall>[0];

/** Where a Chromium is; installs Debian's package where we may. */
export const findChromium = (report?: (line: string) => void): string => findOrInstall(CHROMIUM, report);
