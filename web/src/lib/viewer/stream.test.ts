import { describe, expect, test } from 'vitest';
import { levelOf, qualities, sessionOf } from './stream';

const levels = [
  { width: 854, height: 480, bitrate: 1_000_000 },
  { width: 854, height: 480, bitrate: 700_000 },
  { width: 720, height: 1280, bitrate: 3_000_000 }
];

describe('the qualities of a stream', () => {
  test('are the sizes, each once, largest first', () => {
    expect(qualities(levels).map((quality) => quality.label)).toEqual(['720p', '480p']);
  });

  test('are played by the codec that needs least', () => {
    expect(levelOf(levels, 480)).toBe(1);
    expect(levelOf(levels, 720)).toBe(2);
    expect(levelOf(levels, 1080)).toBe(-1);
  });
});

test('the session is named by its playlists', () => {
  const session = '2f9d7c1e-52c6-4d0c-9d5c-0b3fb9a3a111';
  const url = `http://photos.home/api/assets/x/video/stream/${session}/0/playlist.m3u8`;
  expect(sessionOf(url)).toBe(session);
  expect(sessionOf('http://photos.home/api/assets/x/video/playback')).toBeNull();
});
