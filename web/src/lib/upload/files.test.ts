import { expect, it } from 'vitest';
import { sortOut, type Found } from './files';

const types = { image: ['.jpg', '.heic'], video: ['.mp4'], sidecar: ['.xmp'] };

function found(...paths: string[]): Found[] {
  return paths.map((path) => ({ path, file: new File(['x'], path.split('/').at(-1) ?? '') }));
}

it('keeps media whatever the case of the extension, and names what it refuses', () => {
  const { accepted, refused } = sortOut(found('a/IMG.JPG', 'a/clip.mp4', 'a/notes.txt'), types);
  expect(accepted.map((each) => each.path)).toEqual(['a/IMG.JPG', 'a/clip.mp4']);
  expect(refused).toEqual(['a/notes.txt']);
});

it('says nothing about hidden files', () => {
  expect(sortOut(found('a/.DS_Store', 'a/._IMG.jpg'), types)).toEqual({
    accepted: [],
    refused: []
  });
});

it('ties a sidecar to its photo in the same folder only, the exact name first', () => {
  const { accepted, refused } = sortOut(
    found('a/1.jpg', 'a/1.xmp', 'a/1.jpg.xmp', 'b/1.jpg', 'b/2.heic', 'b/2.XMP'),
    types
  );
  const sidecars = Object.fromEntries(accepted.map((each) => [each.path, each.sidecar?.name]));
  expect(sidecars).toEqual({ 'a/1.jpg': '1.jpg.xmp', 'b/1.jpg': undefined, 'b/2.heic': '2.XMP' });
  expect(refused).toEqual([]);
});
