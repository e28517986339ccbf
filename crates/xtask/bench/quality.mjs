// How near previews are to what an exact reduction of the original looks like: the mean over all pictures of SSIM of
// the brightness and of PSNR of the colours. Sharp's previews are made here, in qualities around the one at which they
// have the size of ours, and what they would have at exactly that size is put between the two nearest. Prints JSON.
//
//   node quality.mjs ORIGINAL PREVIEW [ORIGINAL PREVIEW]...

import { readFile } from 'node:fs/promises';
import sharp from 'sharp';

const SIDE = 1440;
const QUALITIES = [70, 74, 76, 78, 80, 82, 84, 86, 90];
const CHANNELS = 3;

async function pixelsOf(picture) {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, samples: Float32Array.from(data) };
}

function lanczos(x) {
  if (x === 0) return 1;
  if (Math.abs(x) >= 3) return 0;
  const turn = Math.PI * x;
  return (3 * Math.sin(turn) * Math.sin(turn / 3)) / (turn * turn);
}

// For each place of the result the first sample that it is made of, and the weights of that and the following ones.
function weights(from, to) {
  const scale = from / to;
  return Array.from({ length: to }, (_, at) => {
    const center = (at + 0.5) * scale;
    const first = Math.max(0, Math.floor(center - 3 * scale));
    const last = Math.min(from, Math.ceil(center + 3 * scale));
    const all = Array.from({ length: last - first }, (_, n) => lanczos((first + n + 0.5 - center) / scale));
    const sum = all.reduce((one, other) => one + other);
    return { first, all: all.map((weight) => weight / sum) };
  });
}

// Sums of `count` samples that lie `step` apart, for every line.
function reduce(samples, plan, lines, lineStep, step, target, targetLineStep, targetStep) {
  for (let line = 0; line < lines; line++) {
    for (let at = 0; at < plan.length; at++) {
      const { first, all } = plan[at];
      let sum = 0;
      for (let n = 0; n < all.length; n++) sum += samples[line * lineStep + (first + n) * step] * all[n];
      target[line * targetLineStep + at * targetStep] = sum;
    }
  }
}

// Without rounding in between.
function reference(original) {
  const factor = Math.min(1, SIDE / Math.min(original.width, original.height));
  const [width, height] = [Math.round(original.width * factor), Math.round(original.height * factor)];
  const narrow = new Float32Array(width * original.height * CHANNELS);
  const reduced = new Float32Array(width * height * CHANNELS);
  const [across, down] = [weights(original.width, width), weights(original.height, height)];
  for (let channel = 0; channel < CHANNELS; channel++) {
    const row = width * CHANNELS;
    const from = original.samples.subarray(channel);
    reduce(from, across, original.height, original.width * CHANNELS, CHANNELS, narrow.subarray(channel), row, CHANNELS);
    reduce(narrow.subarray(channel), down, width, CHANNELS, row, reduced.subarray(channel), CHANNELS, row);
  }
  return { width, height, samples: reduced.map((value) => Math.min(255, Math.max(0, value))) };
}

function brightness({ width, height, samples }) {
  const values = new Float32Array(width * height);
  for (let at = 0; at < values.length; at++) {
    values[at] = 0.299 * samples[at * 3] + 0.587 * samples[at * 3 + 1] + 0.114 * samples[at * 3 + 2];
  }
  return { width, height, samples: values };
}

const BELL = Array.from({ length: 11 }, (_, n) => Math.exp(-((n - 5) ** 2) / (2 * 1.5 * 1.5)));
const BELL_SUM = BELL.reduce((one, other) => one + other);

// Seen through a window of 11 × 11, where it fits.
function smooth(samples, width, height) {
  const plan = (length) => Array.from({ length: length - 10 }, (_, first) => ({ first, all: BELL.map((w) => w / BELL_SUM) }));
  const narrow = new Float32Array((width - 10) * height);
  reduce(samples, plan(width), height, width, 1, narrow, width - 10, 1);
  const smoothed = new Float32Array((width - 10) * (height - 10));
  reduce(narrow, plan(height), width - 10, 1, width - 10, smoothed, 1, width - 10);
  return smoothed;
}

const product = (one, other) => one.map((value, at) => value * other[at]);

function ssim(one, other) {
  const { width, height } = one;
  const smoothed = (samples) => smooth(samples, width, height);
  const [a, b] = [smoothed(one.samples), smoothed(other.samples)];
  const [aa, bb] = [smoothed(product(one.samples, one.samples)), smoothed(product(other.samples, other.samples))];
  const ab = smoothed(product(one.samples, other.samples));
  const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
  let sum = 0;
  for (let at = 0; at < a.length; at++) {
    const [mean, variance] = [a[at] * a[at] + b[at] * b[at], aa[at] + bb[at] - a[at] * a[at] - b[at] * b[at]];
    sum += ((2 * a[at] * b[at] + c1) * (2 * (ab[at] - a[at] * b[at]) + c2)) / ((mean + c1) * (variance + c2));
  }
  return sum / a.length;
}

function psnr(one, other) {
  let sum = 0;
  for (let at = 0; at < one.samples.length; at++) sum += (one.samples[at] - other.samples[at]) ** 2;
  return 10 * Math.log10((255 * 255 * one.samples.length) / sum);
}

async function measure(preview, exact) {
  const shown = await pixelsOf(preview);
  if (shown.width !== exact.width || shown.height !== exact.height) throw new Error('a preview has another size');
  return { bytes: preview.length, ssim: ssim(brightness(shown), exact.brightness), psnr: psnr(shown, exact) };
}

// What a preview of this size would have, from those of the next smaller and the next larger size.
async function atSize(bytes, previews, exact) {
  const larger = previews.findIndex((preview) => preview.length >= bytes);
  if (larger < 1) throw new Error('no quality of sharp gives previews of this size');
  const [low, high] = [await measure(previews[larger - 1], exact), await measure(previews[larger], exact)];
  const share = (bytes - low.bytes) / (high.bytes - low.bytes);
  const between = (key) => low[key] + (high[key] - low[key]) * share;
  return { bytes, ssim: between('ssim'), psnr: between('psnr') };
}

function mean(measured) {
  const of = (key) => measured.reduce((sum, one) => sum + one[key], 0) / measured.length;
  return { bytes: of('bytes'), ssim: of('ssim'), psnr: of('psnr') };
}

const files = process.argv.slice(2);
const [ours, theirs, theirsAt80] = [[], [], []];
for (let at = 0; at < files.length; at += 2) {
  const exact = reference(await pixelsOf(files[at]));
  exact.brightness = brightness(exact);
  const made = await measure(await readFile(files[at + 1]), exact);
  const small = sharp(files[at]).resize(SIDE, SIDE, { fit: 'outside', withoutEnlargement: true });
  const decoded = await small.raw().toBuffer({ resolveWithObject: true });
  const preview = (quality) =>
    sharp(decoded.data, { raw: decoded.info }).jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer();
  const previews = await Promise.all(QUALITIES.map(preview));
  ours.push(made);
  theirs.push(await atSize(made.bytes, previews, exact));
  theirsAt80.push(await measure(previews[QUALITIES.indexOf(80)], exact));
}
console.log(JSON.stringify({ ours: mean(ours), theirs: mean(theirs), theirsAt80: mean(theirsAt80) }));
