/** Columns for tests: `[local day, ratio]` each, newest first. */
import type { Columns } from './columns';

export function columnsOf(photos: [day: string, ratio: number][]): Columns {
  const locals = photos.map(([day], i) => Date.parse(`${day}T12:00:00Z`) - i * 1000);
  const fill = <T>(value: T) => photos.map(() => value);
  return {
    ids: photos.map((_, i) => `id-${i}`),
    ratios: photos.map(([, ratio]) => ratio),
    instants: [...locals],
    locals,
    thumbhashes: fill(null),
    favorites: fill(false),
    images: fill(true),
    durations: fill(null),
    liveVideos: fill(null)
  };
}
