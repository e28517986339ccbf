/** Draws the blurred stand-in of a picture. A canvas, so that no `data:` address is needed. */
import type { Action } from 'svelte/action';
import { thumbHashToRGBA } from 'thumbhash';

export const thumbhash: Action<HTMLCanvasElement, string> = (canvas, hash) => {
  paint(canvas, hash);
  return { update: (next) => paint(canvas, next) };
};

function paint(canvas: HTMLCanvasElement, hash: string): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  try {
    const bytes = Uint8Array.from(atob(hash), (char) => char.charCodeAt(0));
    const { w, h, rgba } = thumbHashToRGBA(bytes);
    canvas.width = w;
    canvas.height = h;
    context.putImageData(new ImageData(new Uint8ClampedArray(rgba), w, h), 0, 0);
  } catch {
    // A hash that cannot be read leaves the plain placeholder.
    canvas.width = 1;
  }
}
