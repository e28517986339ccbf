/**
 * The assets of one month, column by column, as the server sends them: a month of ten thousand
 * photos is a dozen arrays, not ten thousand objects. Order: newest local day first, then
 * newest instant first.
 */
import type { Asset, Schemas } from '$lib/api/client';

export interface Columns {
  ids: string[];
  /** Width by height. */
  ratios: number[];
  /** Instant of capture, in milliseconds. */
  instants: number[];
  /** Wall-clock time at the place of capture, kept as if it were UTC. */
  locals: number[];
  thumbhashes: (string | null)[];
  favorites: boolean[];
  images: boolean[];
  durations: (number | null)[];
  liveVideos: (string | null)[];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

export function columnsFrom(bucket: Schemas['TimeBucketAssetResponseDto']): Columns {
  const instants = bucket.fileCreatedAt.map(parseUtc);
  return {
    ids: bucket.id,
    ratios: bucket.ratio.map((ratio) => (ratio > 0 ? ratio : 1)),
    instants,
    locals: instants.map((instant, i) => instant + (bucket.localOffsetHours[i] ?? 0) * HOUR_MS),
    thumbhashes: bucket.thumbhash,
    favorites: bucket.isFavorite,
    images: bucket.isImage,
    durations: bucket.duration,
    liveVideos: bucket.livePhotoVideoId
  };
}

/** The server writes these instants without a zone; they are UTC. */
export function parseUtc(text: string): number {
  return Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
}

export function dayNumber(localMs: number): number {
  return Math.floor(localMs / DAY_MS);
}

export function dayKey(localMs: number): string {
  return new Date(localMs).toISOString().slice(0, 10);
}

/** The month an asset belongs to, in the form of the server's bucket names. */
export function monthKey(asset: Pick<Asset, 'localDateTime'>): string {
  return `${asset.localDateTime.slice(0, 7)}-01`;
}

/** Puts an asset in, or replaces the one with its id. */
export function upsert(columns: Columns, asset: Asset): Columns {
  const without = remove(columns, new Set([asset.id]));
  const instant = Date.parse(asset.fileCreatedAt);
  const local = parseUtc(asset.localDateTime);
  const at = insertionPoint(without, local, instant);
  const insert = <T>(list: T[], value: T) => list.toSpliced(at, 0, value);
  const size = asset.width && asset.height ? asset.width / asset.height : 1;
  return {
    ids: insert(without.ids, asset.id),
    ratios: insert(without.ratios, size),
    instants: insert(without.instants, instant),
    locals: insert(without.locals, local),
    thumbhashes: insert(without.thumbhashes, asset.thumbhash),
    favorites: insert(without.favorites, asset.isFavorite),
    images: insert(without.images, asset.type === 'IMAGE'),
    durations: insert(without.durations, asset.duration),
    liveVideos: insert(without.liveVideos, asset.livePhotoVideoId ?? null)
  };
}

export function remove(columns: Columns, ids: ReadonlySet<string>): Columns {
  const keep = columns.ids.map((id) => !ids.has(id));
  if (keep.every(Boolean)) return columns;
  const filter = <T>(list: T[]) => list.filter((_, i) => keep[i]);
  return {
    ids: filter(columns.ids),
    ratios: filter(columns.ratios),
    instants: filter(columns.instants),
    locals: filter(columns.locals),
    thumbhashes: filter(columns.thumbhashes),
    favorites: filter(columns.favorites),
    images: filter(columns.images),
    durations: filter(columns.durations),
    liveVideos: filter(columns.liveVideos)
  };
}

export function setFavorites(columns: Columns, ids: ReadonlySet<string>, value: boolean): Columns {
  if (!columns.ids.some((id) => ids.has(id))) return columns;
  const favorites = columns.favorites.map((old, i) => (ids.has(columns.ids[i]) ? value : old));
  return { ...columns, favorites };
}

function insertionPoint(columns: Columns, local: number, instant: number): number {
  const day = dayNumber(local);
  let low = 0;
  let high = columns.ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = dayNumber(columns.locals[middle]);
    const before = other > day || (other === day && columns.instants[middle] > instant);
    if (before) low = middle + 1;
    else high = middle;
  }
  return low;
}
