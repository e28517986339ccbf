/** Addresses that the browser loads by itself: pictures, videos, downloads. */

/** `version` only has to change when the picture does; it makes caching safe. */
export function thumbnailUrl(id: string, version?: string | null): string {
  return mediaUrl(id, 'thumbnail', version);
}

export function previewUrl(id: string, version?: string | null): string {
  return mediaUrl(id, 'preview', version);
}

export function fullsizeUrl(id: string, version?: string | null): string {
  return mediaUrl(id, 'fullsize', version);
}

export function playbackUrl(id: string): string {
  return `/api/assets/${id}/video/playback`;
}

/** All versions in which a video can be watched while it is transcoded. */
export function streamUrl(id: string): string {
  return `/api/assets/${id}/video/stream/main.m3u8`;
}

export function originalUrl(id: string): string {
  return `/api/assets/${id}/original`;
}

function mediaUrl(id: string, size: string, version?: string | null): string {
  const bust = version ? `&c=${encodeURIComponent(version)}` : '';
  return `/api/assets/${id}/thumbnail?size=${size}${bust}`;
}
