// The official SDK searches by what is seen. The model service has a stand-in that knows colors and a few words.

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { before, test } from 'node:test';
import { getServerFeatures, isHttpError, searchSmart, updateAsset, uploadAsset } from '@immich/sdk';
import { png } from './pictures.mjs';
import { eventually, signedIn } from './server.mjs';

const taken = '2024-05-01T10:00:00.000Z';
const found = async (smartSearchDto) => {
  const { assets } = await searchSmart({ smartSearchDto });
  return assets.items.map(({ id }) => id);
};
const upload = async (name, color) => {
  const assetData = new File([png(randomInt(1 << 24), { color })], name);
  return (await uploadAsset({ assetMediaCreateDto: { assetData, fileCreatedAt: taken, fileModifiedAt: taken } })).id;
};

before(signedIn);

test('words find what pictures show', async () => {
  assert.equal((await getServerFeatures()).smartSearch, true);
  const forest = await upload('forest.png', [10, 180, 20]);
  const snow = await upload('snow.png', [255, 255, 255]);
  const ours = [forest, snow];
  const inOrder = async (query) => (await found({ query, size: 1000 })).filter((id) => ours.includes(id));
  await eventually('both to be found', async () => (await inOrder('snow')).length === 2);
  assert.deepEqual(await inOrder('green forest'), [forest, snow]);
  assert.deepEqual(await inOrder('snow'), [snow, forest]);

  await updateAsset({ id: snow, updateAssetDto: { isFavorite: true } });
  assert.deepEqual((await found({ query: 'forest', isFavorite: true })).includes(forest), false);
  assert.ok((await found({ query: 'forest', filter: { isFavorite: { eq: true } } })).includes(snow));
  assert.equal((await found({ queryAssetId: forest }))[0], forest);
});

test('a question without a subject is refused', async () => {
  const refusal = await searchSmart({ smartSearchDto: {} }).catch((error) => error);
  assert.ok(isHttpError(refusal) && refusal.status === 400, String(refusal));
});
