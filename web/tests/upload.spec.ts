import { expect, png, test } from './fixtures';

test.use({ mockOptions: { assets: 20, months: 2 } });

const row = (name: string) => `li[data-state]:has-text("${name}")`;

test('uploads with the button; the photo appears by itself', async ({ timeline, mock }) => {
  await timeline
    .locator('[data-upload=files]')
    .first()
    .setInputFiles([
      { name: 'one.png', mimeType: 'image/png', buffer: png('one') },
      { name: 'two.png', mimeType: 'image/png', buffer: png('two') }
    ]);
  await expect(timeline.locator(row('one.png'))).toHaveAttribute('data-state', 'done');
  await expect(timeline.locator(row('two.png'))).toHaveAttribute('data-state', 'done');
  const [id] = mock.library.uploads.keys();
  await expect(timeline.locator(`[data-asset="${id}"]`)).toBeVisible();
  await expect(timeline.locator('[data-total]')).toHaveText('22');
  await expect(timeline.getByRole('heading', { name: 'Uploads finished' })).toBeVisible();
});

test('a duplicate is recognised before it is sent', async ({ timeline, mock }) => {
  const file = { name: 'same.png', mimeType: 'image/png', buffer: png('same') };
  const input = timeline.locator('[data-upload=files]').first();
  await input.setInputFiles(file);
  await expect(timeline.locator(row('same.png'))).toHaveAttribute('data-state', 'done');
  await input.setInputFiles({ ...file, name: 'again.png' });
  await expect(timeline.locator(row('again.png'))).toHaveAttribute('data-state', 'duplicate');
  await expect(timeline.locator(row('again.png'))).toContainText('Duplicate');
  expect(mock.requests.filter((each) => each === 'POST /api/assets')).toHaveLength(1);
});

test('an error shows what the server said, and retry works', async ({ timeline, mock }) => {
  mock.failNextUpload = 1;
  await timeline
    .locator('[data-upload=files]')
    .first()
    .setInputFiles({ name: 'big.png', mimeType: 'image/png', buffer: png('big') });
  await expect(timeline.locator(row('big.png'))).toHaveAttribute('data-state', 'failed');
  await expect(timeline.locator(row('big.png'))).toContainText('Quota has been exceeded!');
  await timeline.getByRole('button', { name: 'Retry big.png' }).click();
  await expect(timeline.locator(row('big.png'))).toHaveAttribute('data-state', 'done');
});

test('files can be dropped anywhere; what is no photo is named and left out', async ({
  timeline,
  mock
}) => {
  const transfer = await timeline.evaluateHandle(
    (bytes) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], 'dropped.png', { type: 'image/png' }));
      data.items.add(new File(['hello'], 'notes.txt', { type: 'text/plain' }));
      return data;
    },
    [...png('dropped')]
  );
  await timeline.dispatchEvent('body', 'dragenter', { dataTransfer: transfer });
  await expect(timeline.getByText('Drop to upload')).toBeVisible();
  await timeline.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  await expect(timeline.getByText('Drop to upload')).toHaveCount(0);
  await expect(timeline.locator(row('dropped.png'))).toHaveAttribute('data-state', 'done');
  await expect(timeline.getByText('notes.txt is neither a photo nor a video')).toBeVisible();
  expect(mock.library.uploads.size).toBe(1);
  await expect(timeline.locator('[data-total]')).toHaveText('21');
});
