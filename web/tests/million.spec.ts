import { expect, test, tiles } from './fixtures';

test.use({ mockOptions: { assets: 1_000_000, months: 300 } });

// Work is counted here, not timed: how long a frame takes says more of the machine than of the page.
test.slow();

test('a million photos: any month in a moment, few elements, both ends reached', async ({
  timeline,
  mock
}) => {
  await expect(timeline.locator('[data-total]')).toHaveText('1,000,000');
  await expect(tiles(timeline).first()).toBeVisible();
  const slider = timeline.getByRole('slider', { name: 'Jump to a month' });
  const box = await slider.boundingBox();
  if (!box) throw new Error('the scrubber has no size');

  for (const at of [0.5, 0.93, 0.12, 0.7]) {
    mock.requests.length = 0;
    await timeline.mouse.click(box.x + box.width / 2, box.y + box.height * at);
    await expect.poll(() => tiles(timeline).evaluateAll(inViewport)).toBeGreaterThan(5);
    expect(monthsLoaded(mock), `months loaded for a jump to ${at}`).toBeLessThan(5);
    expect(await timeline.locator('[data-scroller] *').count()).toBeLessThan(3500);
  }

  await slider.press('End');
  const oldest = mock.library.bucket(mock.library.months[299].key, new URLSearchParams()).id.at(-1);
  const scroller = timeline.locator('[data-scroller]');
  await scroller.evaluate((el) => el.scrollTo(0, el.scrollHeight));
  await expect(timeline.locator(`[data-asset="${oldest}"]`)).toBeAttached({ timeout: 15_000 });
  expect(await scroller.evaluate((el) => el.scrollHeight)).toBeLessThan(17_000_000);

  await slider.press('Home');
  const newest = mock.library.bucket(mock.library.months[0].key, new URLSearchParams()).id[0];
  await expect(timeline.locator(`[data-asset="${newest}"]`)).toBeVisible();
});

test('a frame of scrolling draws only what comes into view, and months that fly past are not loaded', async ({
  timeline,
  mock
}) => {
  await expect(tiles(timeline).first()).toBeVisible();
  const frames = await timeline.locator('[data-scroller]').evaluate(async (scroller) => {
    let drawn = 0;
    const observer = new MutationObserver((changes) => {
      for (const { addedNodes } of changes) {
        for (const node of addedNodes) {
          if (!(node instanceof Element)) continue;
          drawn +=
            Number(node.matches('[data-asset]')) + node.querySelectorAll('[data-asset]').length;
        }
      }
    });
    observer.observe(scroller, { childList: true, subtree: true });
    const frames: number[] = [];
    for (let i = 0; i < 120; i++) {
      scroller.scrollBy(0, 60);
      await new Promise((resolve) => requestAnimationFrame(resolve));
      frames.push(drawn);
      drawn = 0;
    }
    observer.disconnect();
    return frames;
  });
  // 60 px are a third of a row; what is drawn ahead comes a few rows at a time.
  expect(Math.max(...frames), 'tiles drawn in the busiest frame').toBeLessThan(30);
  expect(
    frames.reduce((sum, each) => sum + each),
    'tiles drawn in 120 frames'
  ).toBeLessThan(400);
  const slider = timeline.getByRole('slider', { name: 'Jump to a month' });
  const box = await slider.boundingBox();
  if (!box) throw new Error('the scrubber has no size');
  mock.requests.length = 0;
  await timeline.mouse.move(box.x + 5, box.y + 5);
  await timeline.mouse.down();
  for (let i = 0; i < 60; i++) await timeline.mouse.move(box.x + 5, box.y + 5 + i * 10);
  await timeline.mouse.up();
  await expect.poll(() => tiles(timeline).evaluateAll(inViewport)).toBeGreaterThan(5);
  expect(monthsLoaded(mock)).toBeGreaterThan(0);
  // The drag passes some 230 months; where it rests, a few are wanted.
  expect(monthsLoaded(mock)).toBeLessThan(40);
});

function monthsLoaded({ requests }: { requests: string[] }): number {
  return requests.filter((each) => each.includes('/timeline/bucket?')).length;
}

function inViewport(all: Element[]): number {
  return all.filter((each) => {
    const { top, bottom } = each.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  }).length;
}
