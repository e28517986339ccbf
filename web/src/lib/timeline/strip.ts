/**
 * The long strip of a library in a short scroll area.
 *
 * A million photos are some 40 million pixels high; browsers clip elements at 17–33 million. So
 * the scroll area shows a window of the strip: `strip position = origin + scrollTop`. Moving the
 * origin instead of the scroll position also keeps the picture still when a month above it
 * turns out taller or shorter than guessed, without touching the browser's own scrolling.
 */

/** Height of the scroll area at most. */
export const WINDOW = 6_000_000;
/** Nearer to an end of the window than this, it is moved once scrolling rests. */
const MARGIN = 400_000;

export interface Strip {
  /** Height of the whole library. */
  total: number;
  /** Strip position of the top of the scroll area. */
  origin: number;
  /** Height of the visible part. */
  viewport: number;
}

/** Height of the scroll area. */
export function areaHeight(strip: Strip): number {
  return Math.max(0, Math.min(strip.total - strip.origin, WINDOW));
}

export function maxPosition(strip: Strip): number {
  return Math.max(0, strip.total - strip.viewport);
}

/** The best origin for looking at `position`. */
export function originFor(strip: Strip, position: number): number {
  if (strip.total <= WINDOW) return 0;
  return Math.max(0, Math.min(position - WINDOW / 2, strip.total - WINDOW));
}

/** Whether the window should move now that nothing is scrolling. */
export function isOffCentre(strip: Strip, position: number): boolean {
  if (strip.total <= WINDOW) return strip.origin !== 0;
  if (strip.origin < 0) return true;
  const scrollTop = position - strip.origin;
  const moreAbove = strip.origin > 0 && scrollTop < MARGIN;
  const end = strip.origin + WINDOW;
  const moreBelow = end < strip.total && scrollTop > WINDOW - MARGIN - strip.viewport;
  return moreAbove || moreBelow || end > strip.total + 1;
}

/** Whether the window must move at once: the person has reached an end that is not one. */
export function isAtFalseEnd(strip: Strip, position: number): boolean {
  const scrollTop = position - strip.origin;
  if (position < 0) return true;
  if (strip.origin > 0 && scrollTop <= 1) return true;
  const areaEnd = strip.origin + areaHeight(strip);
  return areaEnd < strip.total - 1 && position + strip.viewport >= areaEnd - 1;
}
