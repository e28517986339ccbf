// The official command line: a key, a tree of folders, an album for each, and everything a second time.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { createApiKey, getAllAlbums, getAssetStatistics, Permission } from '@immich/sdk';
import { png } from './pictures.mjs';
import { baseUrl, signedIn } from './server.mjs';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
// The start script, as it stands in the package.
const program = join(dirname(require.resolve('@immich/cli')), '..', 'bin', 'immich');
// It wants Node 22; where there is an older one, a newer comes as a package.
const isNewEnough = Number(process.versions.node.split('.')[0]) >= 22;
const node = isNewEnough ? process.execPath : require.resolve(`node-linux-${process.arch}/bin/node`);

// Other pictures and other albums every time: the tests may run twice on one server.
const seed = randomInt(1 << 20);
const [beach, deeper, mountains] = ['Beach', 'deeper', 'Mountains'].map((name) => `${name} ${seed}`);

let home;
let photos;

const immich = async (...args) => {
  const config = ['--config-directory', join(home, 'config')];
  const { stdout } = await run(node, [program, ...config, ...args], { cwd: home });
  return stdout;
};

before(async () => {
  await signedIn();
  home = await mkdtemp(join(tmpdir(), 'ferrotype-cli-'));
  photos = join(home, 'photos');
  const files = [
    `${beach}/a.png`,
    `${beach}/b.png`,
    `${beach}/${deeper}/c.png`,
    `${mountains}/d.png`,
    `${mountains}/Ünï cöde.png`,
  ];
  for (const [index, file] of files.entries()) {
    const path = join(photos, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, png(seed + index));
  }
  await writeFile(join(photos, beach, 'notes.txt'), 'no photo');
});

after(() => rm(home, { recursive: true, force: true }));

test('a folder goes up once, with an album for each folder', async () => {
  const key = await createApiKey({ apiKeyCreateDto: { name: 'cli', permissions: [Permission.All] } });
  const before = await getAssetStatistics({});
  assert.match(await immich('login', baseUrl, key.secret), /Logged in as clients@example\.com/);

  const first = await immich('upload', '--recursive', '--album', '--no-progress', '--concurrency', '4', photos);
  assert.match(first, /Found 5 new files and 0 duplicates/);
  assert.match(first, /Successfully uploaded 5 new assets/);
  assert.match(first, /Successfully created 3 new albums/);

  const albums = new Map((await getAllAlbums({})).map((album) => [album.albumName, album.assetCount]));
  assert.deepEqual([albums.get(beach), albums.get(deeper), albums.get(mountains)], [2, 1, 2]);
  assert.equal((await getAssetStatistics({})).total, before.total + 5);

  const second = await immich('upload', '--recursive', '--album', '--no-progress', photos);
  assert.match(second, /Found 0 new files and 5 duplicates/);
  assert.match(second, /All assets were already uploaded, nothing to do/);
  assert.match(second, /Successfully created 0 new albums/);
  assert.equal((await getAssetStatistics({})).total, before.total + 5);
  assert.match(await immich('server-info'), /Images: \d+/);
});

test('without hashing first, the server finds the duplicates', async () => {
  const output = await immich('upload', '--recursive', '--skip-hash', '--no-progress', photos);
  assert.match(output, /Successfully uploaded 0 new assets/);
  assert.match(output, /Skipped 5 duplicate assets/);
});

test('a key with too few rights is told so', async () => {
  const key = await createApiKey({ apiKeyCreateDto: { name: 'narrow', permissions: [Permission.UserRead] } });
  const narrow = ['--config-directory', join(home, 'narrow')];
  await run(node, [program, ...narrow, 'login', baseUrl, key.secret]);
  const upload = run(node, [program, ...narrow, 'upload', '--no-progress', '--recursive', photos]);
  await assert.rejects(upload, (error) => {
    assert.match(error.stdout, /Missing required permission/);
    return true;
  });
});
