// Makes of every picture what Immich makes with sharp: decoded and shrunk once, then a preview, a thumbnail and a
// thumbhash of that. Prints seconds, CPU and memory as JSON.
//
//   node sharp.mjs FOLDER AT_ONCE srgb|p3 FILE...

import { join, parse } from 'node:path';
import { performance } from 'node:perf_hooks';
import sharp from 'sharp';
import { rgbaToThumbHash } from 'thumbhash';

const [folder, atOnce, colorspace, ...files] = process.argv.slice(2);

// One thread for a picture; how many run at once is up to UV_THREADPOOL_SIZE. No file is read twice, so none is kept.
sharp.concurrency(1);
sharp.cache(false);

const outside = (side) => [side, side, { fit: 'outside', withoutEnlargement: true }];

async function make(file) {
  const inColorspace = (pipeline) =>
    pipeline.pipelineColorspace(colorspace === 'srgb' ? 'srgb' : 'rgb16').withIccProfile(colorspace);
  const decoded = await inColorspace(sharp(file).rotate().resize(...outside(1440)))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const small = () => sharp(decoded.data, { raw: decoded.info });
  const target = (ending) => join(folder, `${parse(file).name}_${ending}`);
  const preview = inColorspace(small().resize(...outside(1440))).jpeg({ quality: 80, chromaSubsampling: '4:4:4' });
  const thumbnail = inColorspace(small().resize(...outside(250))).webp({ quality: 80 });
  const tiny = small().resize(100, 100, { fit: 'inside', withoutEnlargement: true }).ensureAlpha().raw();
  await Promise.all([
    preview.toFile(target('preview.jpeg')),
    thumbnail.toFile(target('thumbnail.webp')),
    tiny
      .toBuffer({ resolveWithObject: true })
      .then(({ data, info }) => rgbaToThumbHash(info.width, info.height, data))
  ]);
}

// Loading the library is not the question.
await make(files[0]);
const waiting = [...files];
const [startedAt, before] = [performance.now(), process.cpuUsage()];
await Promise.all(
  Array.from({ length: Number(atOnce) }, async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) await make(file);
  })
);
const used = process.cpuUsage(before);
console.log(
  JSON.stringify({
    version: sharp.versions.sharp,
    seconds: (performance.now() - startedAt) / 1000,
    cpuSeconds: (used.user + used.system) / 1e6,
    peakKilobytes: process.resourceUsage().maxRSS
  })
);
