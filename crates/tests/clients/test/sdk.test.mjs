// The official SDK through a photo's life: upload, thumbnail, timeline, trash, end.

import assert from 'node:assert/strict';
import { createHash, randomInt } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  AssetMediaSize,
  AssetMediaStatus,
  checkBulkUpload,
  deleteAssets,
  downloadAsset,
  getAssetInfo,
  getAssetStatistics,
  getMyUser,
  getServerVersion,
  getTimeBucket,
  getTimeBuckets,
  isHttpError,
  pingServer,
  restoreAssets,
  uploadAsset,
  validateAccessToken,
  viewAsset,
} from '@immich/sdk';
import { io } from 'socket.io-client';
import { png } from './pictures.mjs';
import { baseUrl, eventually, signedIn } from './server.mjs';

let session;
let socket;
const ready = [];

before(async () => {
  session = await signedIn();
  socket = io(baseUrl, {
    path: '/api/socket.io',
    transports: ['websocket'],
    extraHeaders: { Authorization: `Bearer ${session.accessToken}` },
  });
  socket.on('on_upload_success', (asset) => ready.push(asset.id));
  const version = await new Promise((resolve, reject) => {
    socket.on('on_server_version', resolve);
    socket.on('connect_error', reject);
  });
  assert.deepEqual([version.major, version.minor, version.patch], [3, 2, 2]);
});

after(() => socket?.close());

const upload = (bytes, name, taken = '2024-05-01T10:00:00.000Z') =>
  uploadAsset({
    // The file before the other fields: clients send them in any order.
    assetMediaCreateDto: { assetData: new File([bytes], name), fileCreatedAt: taken, fileModifiedAt: taken },
  });

test('the server says what it is', async () => {
  assert.deepEqual(await pingServer(), { res: 'pong' });
  const { major, minor, patch } = await getServerVersion();
  assert.deepEqual([major, minor, patch], [3, 2, 2]);
  assert.deepEqual(await validateAccessToken(), { authStatus: true });
  assert.equal((await getMyUser()).id, session.userId);
});

test('a photo from upload to trash', async () => {
  const bytes = png(randomInt(1 << 24));
  const checksum = createHash('sha1').update(bytes).digest('base64');
  const { id, status } = await upload(bytes, 'from the sdk ☀.png');
  assert.equal(status, AssetMediaStatus.Created);
  await eventually('on_upload_success', () => ready.includes(id));

  const asset = await getAssetInfo({ id });
  assert.equal(asset.originalFileName, 'from the sdk ☀.png');
  assert.equal(asset.checksum, checksum);
  assert.equal(asset.ownerId, session.userId);
  assert.ok(asset.thumbhash);
  assert.deepEqual([asset.width, asset.height], [320, 200]);
  assert.equal((await viewAsset({ id, size: AssetMediaSize.Thumbnail })).type, 'image/webp');
  assert.equal((await viewAsset({ id, size: AssetMediaSize.Preview })).type, 'image/jpeg');
  const original = Buffer.from(await (await downloadAsset({ id })).arrayBuffer());
  assert.ok(original.equals(bytes), 'the original comes back as it went in');

  const buckets = await getTimeBuckets({});
  const { timeBucket, count } = buckets.find((bucket) => bucket.timeBucket.startsWith('2024-05'));
  const month = await getTimeBucket({ timeBucket });
  assert.equal(month.id.length, count);
  assert.ok(month.id.includes(id));

  await deleteAssets({ assetBulkDeleteDto: { ids: [id] } });
  assert.ok((await getAssetInfo({ id })).isTrashed);
  assert.equal((await getTimeBuckets({ isTrashed: true })).length, 1);
  assert.equal((await restoreAssets({ bulkIdsDto: { ids: [id] } })).count, 1);
  assert.ok(!(await getAssetInfo({ id })).isTrashed);

  await deleteAssets({ assetBulkDeleteDto: { ids: [id], force: true } });
  await eventually('the asset to go', async () => {
    try {
      await getAssetInfo({ id });
      return false;
    } catch (error) {
      return isHttpError(error) && error.status === 400;
    }
  });
});

test('the same bytes are a duplicate', async () => {
  const bytes = png(randomInt(1 << 24));
  const first = await upload(bytes, 'one.png');
  const second = await upload(bytes, 'two.png');
  assert.deepEqual(second, { id: first.id, status: AssetMediaStatus.Duplicate });
  const checksum = createHash('sha1').update(bytes).digest('hex');
  const { results } = await checkBulkUpload({ assetBulkUploadCheckDto: { assets: [{ id: 'here', checksum }] } });
  assert.deepEqual(results, [
    { id: 'here', action: 'reject', reason: 'duplicate', assetId: first.id, isTrashed: false },
  ]);
});

test('statistics count what is there', async () => {
  const before = await getAssetStatistics({});
  await upload(png(randomInt(1 << 24)), 'counted.png');
  const now = await getAssetStatistics({});
  assert.deepEqual([now.images, now.total], [before.images + 1, before.total + 1]);
});

test('refusals say why', async () => {
  const refused = async (call, status, message) => {
    await assert.rejects(call, (error) => {
      assert.ok(isHttpError(error), `${error}`);
      assert.deepEqual([error.status, error.data.message], [status, message]);
      return true;
    });
  };
  await refused(upload(Buffer.from('no picture'), 'program.exe'), 400, 'Unsupported file type program.exe');
  const id = '00000000-0000-4000-8000-000000000000';
  await refused(getAssetInfo({ id }), 400, 'Not found or no asset.read access');
});
