import { expect, test, tiles } from './fixtures';

test('shows days, newest first, with real pictures', async ({ timeline, mock }) => {
  await expect(tiles(timeline).first()).toBeVisible();
  await expect(timeline.locator('[data-total]')).toHaveText('400');
  const first = timeline.locator('[data-asset] img').first();
  await expect
    .poll(() => first.evaluate((img: HTMLImageElement) => img.naturalWidth))
    .toBeGreaterThan(0);
  const newest = mock.library.bucket(mock.library.months[0].key, new URLSearchParams()).id[0];
  await expect(tiles(timeline).first()).toHaveAttribute('data-asset', newest);
});

test('rows are justified: no overlaps, and full rows end at the same edge', async ({
  timeline
}) => {
  await expect(tiles(timeline).first()).toBeVisible();
  const boxes = await tiles(timeline).evaluateAll((all) =>
    all.map((each) => {
      const { left, right, top, bottom } = each.getBoundingClientRect();
      return { left, right, top, bottom };
    })
  );
  expect(boxes.length).toBeGreaterThan(10);
  const overlapping = boxes.filter((a, i) =>
    boxes
      .slice(i + 1)
      .some(
        (b) =>
          a.left < b.right - 1 &&
          b.left < a.right - 1 &&
          a.top < b.bottom - 1 &&
          b.top < a.bottom - 1
      )
  );
  expect(overlapping).toEqual([]);
});

test('keeps few pictures in the page while scrolling through all', async ({ timeline, mock }) => {
  await expect(tiles(timeline).first()).toBeVisible();
  const seen = new Set<string>();
  const scroller = timeline.locator('[data-scroller]');
  let last = -1;
  for (let i = 0; i < 200; i++) {
    const ids = await tiles(timeline).evaluateAll((all) =>
      all.map((each) => each.getAttribute('data-asset') ?? '')
    );
    expect(ids.length).toBeLessThan(260);
    for (const id of ids) seen.add(id);
    const at = await scroller.evaluate((el) => {
      el.scrollBy(0, 500);
      return el.scrollTop;
    });
    if (at === last && seen.size >= 400) break;
    last = at;
    await timeline.waitForTimeout(60);
  }
  const all = mock.library.months.flatMap(
    (month: { key: string }) => mock.library.bucket(month.key, new URLSearchParams()).id
  );
  expect([...seen].sort()).toEqual([...all].sort());
});

test('a photo from another device appears without a reload, and leaves again', async ({
  timeline,
  mock
}) => {
  await expect(tiles(timeline).first()).toBeVisible();
  const id = mock.arrive('new.jpg', Date.UTC(2025, 0, 15, 12));
  await expect(tiles(timeline).first()).toHaveAttribute('data-asset', id);
  await expect(timeline.locator('[data-total]')).toHaveText('401');
  mock.library.patch(id, { isTrashed: true });
  mock.emit('on_asset_trash', [id]);
  await expect(timeline.locator(`[data-asset="${id}"]`)).toHaveCount(0);
  await expect(timeline.locator('[data-total]')).toHaveText('400');
});

test('what is on view stays put when something arrives above it', async ({ timeline, mock }) => {
  await expect(tiles(timeline).first()).toBeVisible();
  await timeline.locator('[data-scroller]').evaluate((el) => el.scrollTo(0, 1500));
  await timeline.waitForTimeout(500);
  const middle = async () =>
    timeline.evaluate(() => {
      const el = document.elementFromPoint(400, 400)?.closest('[data-asset]');
      return { id: el?.getAttribute('data-asset'), top: el?.getBoundingClientRect().top };
    });
  const before = await middle();
  expect(before.id).toBeTruthy();
  for (let i = 0; i < 30; i++) mock.arrive(`n${i}.jpg`, Date.UTC(2025, 0, 15, 12, i));
  await expect(timeline.locator('[data-total]')).toHaveText('430');
  await timeline.waitForTimeout(400);
  const after = await middle();
  expect(after.id).toBe(before.id);
  expect(Math.abs((after.top ?? 0) - (before.top ?? 0))).toBeLessThanOrEqual(1);
});

test('selects with the box, a Shift range and whole days; Escape clears', async ({ timeline }) => {
  const boxes = timeline.locator('[data-asset] ~ [role=checkbox]');
  await tiles(timeline).first().hover();
  await boxes.nth(0).click();
  await boxes.nth(5).click({ modifiers: ['Shift'] });
  const bar = timeline.getByRole('toolbar', { name: 'Selected items' });
  await expect(bar).toContainText('6 selected');
  await expect(boxes.nth(3)).toHaveAttribute('aria-checked', 'true');
  await timeline.keyboard.press('Escape');
  await expect(bar).toHaveCount(0);
  await timeline
    .getByRole('button', { name: /^Select .*items?$/ })
    .first()
    .click({ force: true });
  await expect(bar).toBeVisible();
});

test('deletes a selection and brings it back with Undo', async ({ timeline }) => {
  const first = await tiles(timeline).first().getAttribute('data-asset');
  await tiles(timeline).first().hover();
  await timeline.locator('[data-asset] ~ [role=checkbox]').first().click();
  await timeline.getByRole('button', { name: 'Move to the trash' }).click();
  await expect(timeline.locator(`[data-asset="${first}"]`)).toHaveCount(0);
  await timeline.getByRole('button', { name: 'Undo' }).click();
  await expect(timeline.locator(`[data-asset="${first}"]`)).toBeVisible();
  await expect(timeline.locator('[data-total]')).toHaveText('400');
});

test('arrow keys walk the grid, and Enter opens', async ({ timeline }) => {
  await expect(tiles(timeline).first()).toBeVisible();
  await timeline.keyboard.press('ArrowDown');
  const focused = () =>
    timeline.evaluate(() => document.activeElement?.getAttribute('data-asset') ?? null);
  await expect.poll(focused).not.toBeNull();
  const start = await focused();
  await timeline.keyboard.press('ArrowRight');
  await expect.poll(focused).not.toBe(start);
  const second = await focused();
  await timeline.keyboard.press('ArrowDown');
  await expect.poll(focused).not.toBe(second);
  const below = await focused();
  const top = (id: string | null) =>
    timeline.locator(`[data-asset="${id}"]`).evaluate((el) => el.getBoundingClientRect().top);
  expect(await top(below)).toBeGreaterThan(await top(second));
  await timeline.keyboard.press('Enter');
  await expect(timeline.locator(`[data-viewer="${below}"]`)).toBeVisible();
});

test('a month that fails to load says so and can be tried again', async ({ timeline, mock }) => {
  await expect(tiles(timeline).first()).toBeVisible();
  let failing = true;
  await timeline.route('**/api/timeline/bucket?*', (route) =>
    failing ? route.fulfill({ status: 500, json: { message: 'no' } }) : route.continue()
  );
  await timeline.getByRole('slider', { name: 'Jump to a month' }).press('End');
  const retry = timeline.getByRole('button', { name: /could not be loaded/ }).first();
  await expect(retry).toBeVisible();
  failing = false;
  await retry.click();
  await expect(retry).toHaveCount(0);
  const scroller = timeline.locator('[data-scroller]');
  await scroller.evaluate((el) => el.scrollTo(0, el.scrollHeight));
  const last = mock.library.months[11].key;
  const id = mock.library.bucket(last, new URLSearchParams()).id.at(-1);
  await expect(timeline.locator(`[data-asset="${id}"]`)).toBeAttached();
});

test('the empty library invites to upload', async ({ page }) => {
  const { startMock } = await import('./mock/server.mjs');
  const { logIn } = await import('./fixtures');
  const mock = await startMock({ assets: 0 });
  await logIn(page, mock);
  await expect(page.getByRole('heading', { name: /blank/ })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Choose files' })).toBeVisible();
  await mock.close();
});
