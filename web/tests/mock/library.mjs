// A library of any size that is computed instead of stored: what an asset is follows from its
// month and its number, and only what tests change is remembered.
import { rgbaToThumbHash } from 'thumbhash';

const RATIOS = [1.5, 1.5, 0.75, 1.33, 1.78, 1, 0.67, 1.5];

export const PALETTES = [
  ['#3a4a5c', '#c9b79c'],
  ['#5c3a2e', '#e0a878'],
  ['#2f4a3a', '#a8c09a'],
  ['#4a3550', '#d0a5b8'],
  ['#2a3038', '#8a97a8'],
  ['#6a5028', '#f0d48a'],
  ['#28444a', '#9fd0cf'],
  ['#503030', '#d99a8c']
];

const HASHES = PALETTES.map(([dark, light]) => {
  const rgba = new Uint8Array(16 * 16 * 4);
  const channel = (hex, i) => parseInt(hex.slice(1 + i * 2, 3 + i * 2), 16);
  for (let p = 0; p < 256; p++) {
    const mix = (p % 16) / 30 + Math.floor(p / 16) / 30;
    for (let i = 0; i < 3; i++) {
      rgba[p * 4 + i] = channel(dark, i) * (1 - mix) + channel(light, i) * mix;
    }
    rgba[p * 4 + 3] = 255;
  }
  return Buffer.from(rgbaToThumbHash(16, 16, rgba)).toString('base64');
});

/** A well-mixed number for two small ones. */
function scatter(a, b) {
  let x = Math.imul(a + 1, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca77);
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  return (x ^ (x >>> 13)) >>> 0;
}

export class Library {
  constructor({ assets = 0, months = 36, ownerId, newest = '2024-09' }) {
    this.ownerId = ownerId;
    this.patches = new Map();
    this.uploads = new Map();
    const [year, month] = newest.split('-').map(Number);
    const weights = Array.from({ length: months }, (_, i) => 0.3 + (scatter(i, 7) % 100) / 70);
    const sum = weights.reduce((a, b) => a + b, 0);
    let left = assets;
    this.months = weights.map((weight, i) => {
      const count = i === months - 1 ? left : Math.min(left, Math.round((assets * weight) / sum));
      left -= count;
      const first = new Date(Date.UTC(year, month - 1 - i, 1));
      return { key: first.toISOString().slice(0, 10), first: first.getTime(), count };
    });
  }

  /** What the timeline needs to know, without making an object of 30 fields. */
  basic(m, i) {
    const month = this.months[m];
    const seed = scatter(m, i);
    const days = new Date(month.first + 32 * 86_400_000);
    days.setUTCDate(0);
    // Newest first, spread over the month in clusters like real days are.
    const step = (days.getUTCDate() * 86_400_000) / Math.max(1, month.count);
    const clustered = Math.floor(i / 7) * 7;
    const day = days.getUTCDate() - 1 - Math.floor((clustered * step) / 86_400_000);
    const local = month.first + day * 86_400_000 + (20 * 3600 - (i % 600) * 60) * 1000;
    const id = `${hex(m, 8)}-0000-4000-8000-${hex(i, 12)}`;
    const patch = this.patches.get(id);
    return {
      id,
      seed,
      local,
      ratio: RATIOS[seed % RATIOS.length],
      isImage: seed % 19 !== 0,
      isFavorite: patch?.isFavorite ?? seed % 41 === 0,
      isTrashed: patch?.isTrashed ?? false,
      visibility: patch?.visibility ?? 'timeline',
      deleted: patch?.deleted ?? false
    };
  }

  *all(m) {
    for (let i = 0; i < this.months[m].count; i++) yield this.basic(m, i);
  }

  get(id) {
    if (this.uploads.has(id)) return this.uploads.get(id);
    const m = parseInt(id.slice(0, 8), 16);
    const i = parseInt(id.slice(24), 16);
    if (!this.months[m] || !(i < this.months[m].count)) return undefined;
    const asset = this.basic(m, i);
    return asset.deleted ? undefined : asset;
  }

  patch(id, change) {
    const upload = this.uploads.get(id);
    if (upload) Object.assign(upload, change);
    else this.patches.set(id, { ...this.patches.get(id), ...change });
  }

  matches(asset, query) {
    if (asset.deleted) return false;
    if (asset.isTrashed !== (query.get('isTrashed') === 'true')) return false;
    const favorite = query.get('isFavorite');
    if (favorite !== null && asset.isFavorite !== (favorite === 'true')) return false;
    const visibility = query.get('visibility');
    return visibility === null || asset.visibility === visibility;
  }

  /** True when nothing needs to be looked at one by one. */
  isPlain(query) {
    return !this.patches.size && query.get('visibility') === 'timeline' && !query.has('isFavorite');
  }

  buckets(query) {
    const counts = new Map();
    const add = (key, n) => n && counts.set(key, (counts.get(key) ?? 0) + n);
    this.months.forEach((month, m) => {
      if (this.isPlain(query)) return add(month.key, month.count);
      let n = 0;
      for (const asset of this.all(m)) if (this.matches(asset, query)) n += 1;
      return add(month.key, n);
    });
    for (const asset of this.uploads.values()) {
      if (this.matches(asset, query)) add(monthOf(asset.local), 1);
    }
    return [...counts]
      .map(([timeBucket, count]) => ({ timeBucket, count }))
      .sort((a, b) => (a.timeBucket < b.timeBucket ? 1 : -1));
  }

  bucket(key, query) {
    const m = this.months.findIndex((month) => month.key === key);
    const list = m < 0 ? [] : [...this.all(m)];
    for (const asset of this.uploads.values()) if (monthOf(asset.local) === key) list.push(asset);
    const found = list.filter((asset) => this.matches(asset, query));
    const day = (asset) => Math.floor(asset.local / 86_400_000);
    found.sort((a, b) => day(b) - day(a) || b.local - a.local);
    const column = (of) => found.map(of);
    const instant = (asset) => new Date(asset.local).toISOString().slice(0, -1);
    return {
      id: column((asset) => asset.id),
      ownerId: column(() => this.ownerId),
      ratio: column((asset) => asset.ratio),
      isFavorite: column((asset) => asset.isFavorite),
      visibility: column((asset) => asset.visibility),
      isTrashed: column((asset) => asset.isTrashed),
      isImage: column((asset) => asset.isImage),
      thumbhash: column((asset) => HASHES[asset.seed % HASHES.length]),
      createdAt: column(instant),
      fileCreatedAt: column(instant),
      localOffsetHours: column(() => 0),
      duration: column((asset) => (asset.isImage ? null : 12_000 + (asset.seed % 90) * 1000)),
      projectionType: column(() => null),
      livePhotoVideoId: column(() => null),
      city: column(() => null),
      country: column(() => null)
    };
  }

  /** The full answer of GET /assets/{id}. */
  full(id) {
    const asset = this.get(id);
    if (!asset) return undefined;
    const when = new Date(asset.local).toISOString();
    const height = 3000;
    const patch = this.patches.get(id);
    return {
      id,
      ownerId: this.ownerId,
      type: asset.isImage ? 'IMAGE' : 'VIDEO',
      originalFileName: asset.name ?? `IMG_${asset.seed % 10_000}.jpg`,
      originalPath: `/data/upload/${id}.jpg`,
      originalMimeType: 'image/jpeg',
      checksum: Buffer.from(asset.checksum ?? id.slice(0, 20)).toString('base64'),
      createdAt: when,
      updatedAt: when,
      fileCreatedAt: when,
      fileModifiedAt: when,
      localDateTime: when,
      duration: asset.isImage ? null : 12_000,
      hasMetadata: true,
      width: Math.round(height * asset.ratio),
      height,
      thumbhash: HASHES[asset.seed % HASHES.length],
      isArchived: asset.visibility === 'archive',
      isEdited: false,
      isFavorite: asset.isFavorite,
      isOffline: false,
      isTrashed: asset.isTrashed,
      visibility: asset.visibility,
      livePhotoVideoId: null,
      people: [],
      exifInfo: {
        make: 'FUJIFILM',
        model: 'X-T5',
        lensModel: 'XF 35mm F1.4 R',
        fNumber: 2.8,
        exposureTime: '1/250',
        focalLength: 35,
        iso: 200,
        fileSizeInByte: 4_800_000 + (asset.seed % 4_000_000),
        city: 'Hallstatt',
        state: 'Upper Austria',
        country: 'Austria',
        timeZone: 'Europe/Vienna',
        description: patch?.description ?? asset.description ?? ''
      }
    };
  }

  addUpload({ id, name, bytes, type, checksum, local }) {
    const asset = {
      id,
      name,
      bytes,
      type,
      checksum,
      local,
      seed: scatter(bytes.length, 3),
      ratio: 1.5,
      isImage: true,
      isFavorite: false,
      isTrashed: false,
      visibility: 'timeline',
      deleted: false
    };
    this.uploads.set(id, asset);
    return asset;
  }

  *changed() {
    for (const id of this.patches.keys()) {
      const asset = this.get(id);
      if (asset) yield asset;
    }
    yield* this.uploads.values();
  }
}

function monthOf(local) {
  return `${new Date(local).toISOString().slice(0, 7)}-01`;
}

function hex(value, digits) {
  return value.toString(16).padStart(digits, '0');
}
