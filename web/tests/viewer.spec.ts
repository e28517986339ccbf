import { expect, test, tiles } from './fixtures';

const viewer = '[data-viewer]';

test('opens, walks with keys, closes back to the same photo', async ({ timeline }) => {
  const ids = await tiles(timeline).evaluateAll((all) =>
    all.map((each) => each.getAttribute('data-asset'))
  );
  await tiles(timeline).first().click();
  await expect(timeline.locator(viewer)).toHaveAttribute('data-viewer', ids[0] ?? '');
  for (const id of ids.slice(1, 5)) {
    await timeline.keyboard.press('ArrowRight');
    await expect(timeline.locator(viewer)).toHaveAttribute('data-viewer', id ?? '');
  }
  await timeline.keyboard.press('ArrowLeft');
  await expect(timeline.locator(viewer)).toHaveAttribute('data-viewer', ids[3] ?? '');
  await expect(timeline).toHaveURL(new RegExp(`/photos/${ids[3]}$`));
  await timeline.keyboard.press('Escape');
  await expect(timeline.locator(viewer)).toHaveCount(0);
  await expect(timeline).toHaveURL(/\/photos$/);
  await expect(timeline.locator(`[data-asset="${ids[3]}"]`)).toBeFocused();
});

test('goes on into months that were not loaded', async ({ timeline, mock }) => {
  await tiles(timeline).first().click();
  const [first, second] = mock.library.months.map((month: { key: string }) =>
    mock.library.bucket(month.key, new URLSearchParams())
  );
  // A key that comes before the viewer belongs to the timeline.
  await expect(timeline.locator(viewer)).toHaveAttribute('data-viewer', first.id[0]);
  for (let i = 1; i < first.id.length; i++) {
    await timeline.keyboard.press('ArrowRight');
    await expect(timeline.locator(viewer)).toHaveAttribute('data-viewer', first.id[i]);
  }
  await timeline.keyboard.press('ArrowRight');
  await expect(timeline.locator(viewer)).toHaveAttribute('data-viewer', second.id[0]);
});

test('keys that are faster than the server all count', async ({ timeline, mock }) => {
  const [first, second, third] = mock.library.months.map((month: { key: string }) =>
    mock.library.bucket(month.key, new URLSearchParams())
  );
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await timeline.route(/timeline\/bucket\?/, async (route) => {
    await held;
    await route.continue();
  });
  await tiles(timeline).first().click();
  await expect(timeline.locator(viewer)).toHaveAttribute('data-viewer', first.id[0]);
  const steps = first.id.length + second.id.length + 2;
  for (let i = 0; i < steps; i++) await timeline.keyboard.press('ArrowRight');
  release();
  await expect(timeline.locator(viewer)).toHaveAttribute('data-viewer', third.id[2]);
});

test('an address leads straight to a photo deep in the library, with its neighbours', async ({
  timeline,
  mock
}) => {
  const month = mock.library.bucket(mock.library.months[8].key, new URLSearchParams());
  await timeline.goto(`${mock.url}/photos/${month.id[4]}`);
  await expect(timeline.locator(viewer)).toHaveAttribute('data-viewer', month.id[4]);
  await timeline.getByRole('button', { name: 'Next' }).click();
  await expect(timeline.locator(viewer)).toHaveAttribute('data-viewer', month.id[5]);
  await timeline.keyboard.press('Escape');
  await expect(timeline.locator(`[data-asset="${month.id[5]}"]`)).toBeFocused();
});

test('zooms with the wheel, a double click and keys, and pans', async ({ timeline }) => {
  await timeline.locator('[data-asset][aria-label^=Photo]').first().click();
  const zoom = timeline.locator('[data-zoom]');
  await expect(timeline.locator('[data-preview]')).toBeVisible();
  await timeline.mouse.move(640, 400);
  await timeline.mouse.wheel(0, -400);
  await expect.poll(async () => Number(await zoom.getAttribute('data-zoom'))).toBeGreaterThan(1.5);
  const before = await zoom.evaluate((el) => (el as HTMLElement).style.transform);
  await timeline.mouse.down();
  await timeline.mouse.move(700, 420, { steps: 5 });
  await timeline.mouse.up();
  expect(await zoom.evaluate((el) => (el as HTMLElement).style.transform)).not.toBe(before);
  await timeline.mouse.dblclick(640, 400);
  await expect(zoom).toHaveAttribute('data-zoom', '1.00');
  await timeline.keyboard.press('+');
  await expect(zoom).toHaveAttribute('data-zoom', '1.50');
});

test('a drag to the side is a swipe', async ({ timeline }) => {
  const photos = timeline.locator('[data-asset]');
  const ids = await photos.evaluateAll((all) => all.map((each) => each.getAttribute('data-asset')));
  await photos.first().click();
  await expect(timeline.locator('[data-preview]')).toBeVisible();
  await expect(timeline.getByRole('button', { name: 'Next' })).toBeVisible();
  await timeline.mouse.move(800, 400);
  await timeline.mouse.down();
  await timeline.mouse.move(500, 410, { steps: 6 });
  await timeline.mouse.up();
  await expect(timeline.locator(viewer)).toHaveAttribute('data-viewer', ids[1] ?? '');
});

test('favourite, information and description', async ({ timeline, mock }) => {
  await tiles(timeline).nth(2).click();
  const id = (await timeline.locator(viewer).getAttribute('data-viewer')) ?? '';
  const before = mock.library.get(id)?.isFavorite;
  await timeline.keyboard.press('f');
  await expect.poll(() => mock.library.get(id)?.isFavorite).toBe(!before);
  await timeline.keyboard.press('i');
  const info = timeline.getByRole('complementary', { name: 'Information' });
  await expect(info).toContainText('FUJIFILM X-T5');
  await expect(info).toContainText('ƒ/2.8 · 1/250 s · 35 mm · ISO 200');
  await expect(info).toContainText('Hallstatt, Upper Austria, Austria');
  await info.getByRole('textbox', { name: 'Description' }).fill('By the lake');
  await info.getByRole('textbox', { name: 'Description' }).press('Escape');
  await expect.poll(() => mock.library.full(id)?.exifInfo.description).toBe('By the lake');
  await expect(timeline.locator(viewer)).toHaveAttribute('data-viewer', id);
});

test('delete goes on to the next photo, and Undo restores', async ({ timeline, mock }) => {
  const ids = await tiles(timeline).evaluateAll((all) =>
    all.map((each) => each.getAttribute('data-asset') ?? '')
  );
  await tiles(timeline).first().click();
  await expect(timeline.getByRole('button', { name: 'Next' })).toBeVisible();
  await timeline.keyboard.press('Delete');
  await expect(timeline.locator(viewer)).toHaveAttribute('data-viewer', ids[1]);
  expect(mock.library.get(ids[0])?.isTrashed).toBe(true);
  await timeline.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => mock.library.get(ids[0])?.isTrashed).toBe(false);
  await timeline.keyboard.press('Escape');
  await expect(timeline.locator(`[data-asset="${ids[0]}"]`)).toBeAttached();
});

test('a foreign or unknown photo says so', async ({ timeline, mock }) => {
  await timeline.goto(`${mock.url}/photos/99999999-0000-4000-8000-000000000000`);
  await expect(timeline.getByRole('alert')).toContainText('does not exist');
});

test('the trash restores one, and can be emptied', async ({ timeline, mock }) => {
  const ids = await tiles(timeline).evaluateAll((all) =>
    all.slice(0, 2).map((each) => each.getAttribute('data-asset') ?? '')
  );
  for (const id of ids) mock.library.patch(id, { isTrashed: true });
  await timeline.getByRole('link', { name: 'Trash' }).first().click();
  await expect(tiles(timeline)).toHaveCount(2);
  await tiles(timeline).first().click();
  await timeline.getByRole('button', { name: 'Restore', exact: true }).click();
  await expect.poll(() => mock.library.get(ids[0])?.isTrashed).toBe(false);
  await timeline.keyboard.press('Escape');
  timeline.on('dialog', (dialog) => void dialog.accept());
  await timeline.getByRole('button', { name: 'Empty' }).click();
  await expect(timeline.getByRole('heading', { name: 'The trash is empty' })).toBeVisible();
  expect(mock.library.get(ids[1])).toBeUndefined();
});
