/** Puts what a camera wrote into words. */
import type { Asset } from '$lib/api/client';

type Exif = NonNullable<Asset['exifInfo']>;

/** "Canon EOS R6", without the maker's name twice. */
export function cameraName(exif: Exif | undefined): string | null {
  const make = exif?.make?.trim();
  const model = exif?.model?.trim();
  if (!model) return make ?? null;
  if (!make || model.toLowerCase().startsWith(make.toLowerCase().split(' ')[0])) return model;
  return `${make} ${model}`;
}

/** "ƒ/1.8 · 1/250 s · 35 mm · ISO 200" */
export function exposureLine(exif: Exif | undefined): string | null {
  const parts: string[] = [];
  if (exif?.fNumber) parts.push(`ƒ/${trim(exif.fNumber, 1)}`);
  if (exif?.exposureTime) parts.push(`${exif.exposureTime} s`);
  if (exif?.focalLength) parts.push(`${trim(exif.focalLength, 1)} mm`);
  if (exif?.iso) parts.push(`ISO ${exif.iso}`);
  return parts.length ? parts.join(' · ') : null;
}

export function placeName(exif: Exif | undefined): string | null {
  const parts = [exif?.city, exif?.state, exif?.country].filter((part): part is string => !!part);
  if (parts.length) return [...new Set(parts)].join(', ');
  if (exif?.latitude != null && exif.longitude != null) {
    return `${exif.latitude.toFixed(4)}, ${exif.longitude.toFixed(4)}`;
  }
  return null;
}

/** "4032 × 3024 · 12.2 MP" */
export function dimensionsLine(asset: Pick<Asset, 'width' | 'height'>): string | null {
  if (!asset.width || !asset.height) return null;
  const megapixels = (asset.width * asset.height) / 1e6;
  const size = `${asset.width} × ${asset.height}`;
  return megapixels >= 0.1 ? `${size} · ${trim(megapixels, 1)} MP` : size;
}

function trim(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
