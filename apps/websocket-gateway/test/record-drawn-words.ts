import type { Page } from 'playwright-core';

declare global {
  /** In the page: the words of the last drawing on each canvas. */
  var drawnWords: Map<HTMLCanvasElement | OffscreenCanvas, string[]>;
}

/** Makes a page that is not loaded yet remember what its canvases say. What the drawing before said does not count: it may be late, and of no data yet. */
export async function recordDrawnWords(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const { prototype } = CanvasRenderingContext2D;
    const { clearRect, fillText } = prototype;
    globalThis.drawnWords = new Map();
    prototype.clearRect = function (...place) {
      globalThis.drawnWords.set(this.canvas, []);
      clearRect.apply(this, place);
    };
    prototype.fillText = function (words, ...place) {
      globalThis.drawnWords.get(this.canvas)?.push(words);
      fillText.call(this, words, ...place);
    };
  });
}
