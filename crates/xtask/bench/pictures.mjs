// Photographs that nobody took: light, shapes, and texture at every scale, so that a codec has about the work that
// real ones give it. The same arguments make the same files.
//
//   node pictures.mjs FOLDER COUNT WIDTH HEIGHT QUALITY srgb|p3 jpg|avif

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

const [folder, count, width, height, quality] = process.argv.slice(2, 7).map((word, at) => (at ? Number(word) : word));
const [profile, format] = process.argv.slice(7);

// Size of a patch as a share of the longer side, and how much it changes the picture. Like light in nature, texture
// weakens towards the small; the last is what a sensor adds.
const TEXTURES = [
  [1 / 3, 90],
  [1 / 12, 60],
  [1 / 50, 26],
  [1 / 250, 10],
  [1 / 1000, 14]
];
const SENSOR_NOISE = 12;
const SHAPES = 14;
const CHANNELS = 3;

// A small generator of pseudo-random bytes (mulberry32), since Math.random cannot be repeated.
function generator(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) & 0xff;
  };
}

async function texture(random, patch) {
  const size = Math.max(1, Math.round(Math.max(width, height) * patch));
  const raw = { width: Math.ceil(width / size) + 1, height: Math.ceil(height / size) + 1, channels: CHANNELS };
  const patches = Buffer.alloc(raw.width * raw.height * CHANNELS);
  for (let at = 0; at < patches.length; at++) patches[at] = random();
  return sharp(patches, { raw }).resize(width, height, { fit: 'fill', kernel: 'cubic' }).raw().toBuffer();
}

function draw(random, pixels) {
  for (let shape = 0; shape < SHAPES; shape++) {
    const [x, y] = [(random() / 255) * width, (random() / 255) * height];
    const radius = ((random() + 20) / 255) * height * 0.2;
    const colour = [random(), random(), random()];
    const isRound = shape % 2 === 0;
    for (let row = Math.max(0, Math.ceil(y - radius)); row < Math.min(height, y + radius); row++) {
      const half = isRound ? Math.sqrt(Math.max(0, radius * radius - (row - y) * (row - y))) : radius;
      const last = Math.min(width, Math.round(x + half));
      for (let column = Math.max(0, Math.round(x - half)); column < last; column++) {
        const at = (row * width + column) * CHANNELS;
        for (let channel = 0; channel < CHANNELS; channel++) {
          pixels[at + channel] = (pixels[at + channel] + colour[channel]) / 2;
        }
      }
    }
  }
}

async function photograph(seed) {
  const random = generator(seed);
  const pixels = new Float32Array(width * height * CHANNELS).fill(128);
  for (const [patch, weight] of TEXTURES) {
    const layer = await texture(random, patch);
    for (let at = 0; at < pixels.length; at++) pixels[at] += ((layer[at] - 128) * weight) / 128;
  }
  draw(random, pixels);
  for (let at = 0; at < pixels.length; at++) pixels[at] += ((random() - 128) * SENSOR_NOISE) / 128;
  return Uint8ClampedArray.from(pixels);
}

mkdirSync(folder, { recursive: true });
for (let seed = 1; seed <= count; seed++) {
  let picture = sharp(await photograph(seed), { raw: { width, height, channels: CHANNELS } });
  if (profile === 'p3') picture = picture.withIccProfile('p3');
  // As cameras write them.
  const asCameras = { quality, chromaSubsampling: '4:2:0' };
  if (format === 'avif') picture = picture.avif({ ...asCameras, effort: 1 });
  else picture = picture.jpeg({ ...asCameras, optimiseCoding: false });
  await picture.toFile(join(folder, `${String(seed).padStart(3, '0')}.${format}`));
}
