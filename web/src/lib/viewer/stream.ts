/** A video that the server transcodes while it is watched (HLS). */
import type Hls from 'hls.js';
import { api } from '$lib/api/client';
import { streamUrl } from '$lib/api/urls';

export interface Quality {
  /** Pixels of the shorter side. */
  side: number;
  label: string;
}

interface Level {
  width: number;
  height: number;
  bitrate: number;
}

const shorterSide = (level: Level) => Math.min(level.width, level.height);

/** What a person chooses from: each size once, largest first. */
export function qualities(levels: Level[]): Quality[] {
  const sides = [...new Set(levels.map(shorterSide))].sort((a, b) => b - a);
  return sides.map((side) => ({ side, label: `${side}p` }));
}

/** Of the versions of a size, the one whose codec needs least; -1, which is automatic, if there is none. */
export function levelOf(levels: Level[], side: number): number {
  let best = -1;
  levels.forEach((level, index) => {
    if (shorterSide(level) !== side) return;
    if (best < 0 || level.bitrate < levels[best].bitrate) best = index;
  });
  return best;
}

/** `…/video/stream/<session>/<version>/playlist.m3u8` names the session. */
export function sessionOf(playlist: string): string | null {
  return /\/video\/stream\/([0-9a-f-]{36})\//.exec(playlist)?.[1] ?? null;
}

export class Stream {
  readonly qualities: Quality[];

  private constructor(
    private readonly hls: Hls,
    private readonly asset: string
  ) {
    this.qualities = qualities(hls.levels);
  }

  /**
   * Begins to stream into the element. Rejects when the server or the browser cannot; `onfail` tells of what breaks
   * later.
   */
  static async open(
    video: HTMLVideoElement,
    asset: string,
    startAt: number,
    onfail: () => void
  ): Promise<Stream> {
    const { default: Hls } = await import('hls.js/light');
    if (!Hls.isSupported()) throw new Error('This browser cannot play streams.');
    const hls = new Hls({
      startPosition: startAt,
      // What lies far behind is made again if somebody goes back.
      backBufferLength: 30,
      xhrSetup: (xhr: XMLHttpRequest, url: string) => {
        xhr.open('GET', url, true);
        // A hint for the server: begin here, not at the first second.
        if (url.endsWith('/playlist.m3u8')) {
          xhr.setRequestHeader('x-immich-hls-pos', String(video.currentTime || startAt));
        }
      }
    });
    try {
      await new Promise<void>((resolve, reject) => {
        hls.once(Hls.Events.MANIFEST_PARSED, () => resolve());
        hls.on(Hls.Events.ERROR, (_, data) => {
          if (!data.fatal) return;
          // Too late for a promise that is settled; in time for the element.
          reject(new Error(data.error.message));
          onfail();
        });
        hls.attachMedia(video);
        hls.loadSource(streamUrl(asset));
      });
    } catch (error) {
      hls.destroy();
      throw error;
    }
    return new Stream(hls, asset);
  }

  /** `null`: as the connection allows. */
  choose(side: number | null): void {
    this.hls.currentLevel = side === null ? -1 : levelOf(this.hls.levels, side);
  }

  /** Lets the server end the session at once rather than after some idle minutes. */
  close(): void {
    const session = sessionOf(this.hls.levels[0]?.uri ?? '');
    this.hls.destroy();
    if (!session) return;
    const path = { id: this.asset, sessionId: session };
    // A session that is gone already was to be ended anyway.
    api
      .DELETE('/assets/{id}/video/stream/{sessionId}', { params: { path } })
      .catch(() => undefined);
  }
}
