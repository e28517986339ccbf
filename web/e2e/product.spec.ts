/**
 * The page on the product, as a new user meets it. One story in order, on a fresh, empty server:
 * there is only one first sign-up.
 */
import { expect, test, type BrowserContext, type Page } from '@playwright/test';
import { film, picture, type Picture } from './pictures';

test.describe.configure({ mode: 'serial' });

const admin = { name: 'Admin', email: 'admin@example.com', password: 'a long password' };

let context: BrowserContext;
let page: Page;
const problems: string[] = [];

test.beforeAll(async ({ browser, baseURL }) => {
  context = await browser.newContext({ baseURL, viewport: { width: 1280, height: 800 } });
  page = await context.newPage();
  page.on('pageerror', (error) => problems.push(error.message));
});

test.afterAll(async () => {
  await context.close();
  expect(problems, 'errors in the page').toEqual([]);
});

function tiles(of: Page = page) {
  return of.locator('[data-asset]');
}

function row(name: string) {
  return page.locator(`li[data-state]:has-text("${name}")`);
}

async function openPhotos(): Promise<void> {
  await page.goto('/photos');
  await expect(page.getByRole('heading', { level: 1, name: 'Photos' })).toBeVisible();
}

async function upload(...files: Picture[]): Promise<void> {
  await page.locator('[data-upload=files]').first().setInputFiles(files);
}

test('the first visitor signs up as the administrator', async () => {
  await page.goto('/');
  await expect(page).toHaveURL(/\/auth\/register$/);
  await page.getByLabel('Name').fill(admin.name);
  await page.getByLabel('E-mail').fill(admin.email);
  await page.getByLabel('Password', { exact: true }).fill(admin.password);
  await page.getByLabel('Password again').fill(admin.password);
  await page.getByRole('button', { name: 'Create the account' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Photos' })).toBeVisible();
  await expect(page.getByRole('heading', { name: /blank/ })).toBeVisible();
});

test('logout and login', async () => {
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL(/\/auth\/login/);
  await page.getByLabel('E-mail').fill(admin.email);
  await page.getByLabel('Password').fill('not this one');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('alert')).toHaveText('Incorrect email or password');
  await page.getByLabel('Password').fill(admin.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Photos' })).toBeVisible();
});

test('uploaded photos appear in the timeline by themselves, with their pictures', async () => {
  await upload(await picture(page, 'harbour.png', 1), await picture(page, 'meadow.jpg', 2));
  await expect(row('harbour.png')).toHaveAttribute('data-state', 'done');
  await expect(row('meadow.jpg')).toHaveAttribute('data-state', 'done');
  await expect(tiles()).toHaveCount(2);
  await expect
    .poll(
      () =>
        page
          .locator('[data-asset] img')
          .evaluateAll(
            (all) => all.filter((img) => (img as HTMLImageElement).naturalWidth > 0).length
          ),
      { timeout: 60_000 }
    )
    .toBe(2);
});

test('a dropped file is uploaded, and one that is no photo is left out', async () => {
  const { name, mimeType, buffer } = await picture(page, 'dropped.png', 3);
  const transfer = await page.evaluateHandle(
    ([name, mimeType, bytes]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], name, { type: mimeType }));
      data.items.add(new File(['hello'], 'notes.txt', { type: 'text/plain' }));
      return data;
    },
    [name, mimeType, [...buffer]] as const
  );
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  await expect(row(name)).toHaveAttribute('data-state', 'done');
  await expect(page.getByText('notes.txt is neither a photo nor a video')).toBeVisible();
  await expect(tiles()).toHaveCount(3);
});

test('the same file again is shown as a duplicate', async () => {
  const again = await picture(page, 'harbour.png', 1);
  await upload({ ...again, name: 'harbour copy.png' });
  await expect(row('harbour copy.png')).toHaveAttribute('data-state', 'duplicate');
  await expect(page.locator('[data-total]')).toHaveText('3');
});

test('what another client uploads appears without a reload', async () => {
  await page.getByRole('button', { name: 'Close' }).click();
  const { name, mimeType, buffer } = await picture(page, 'elsewhere.png', 4);
  const now = new Date().toISOString();
  const reply = await page.request.post('/api/assets', {
    multipart: {
      filename: name,
      fileCreatedAt: now,
      fileModifiedAt: now,
      assetData: { name, mimeType, buffer }
    }
  });
  expect(reply.status()).toBe(201);
  const { id } = await reply.json();
  await expect(page.locator(`[data-asset="${id}"]`)).toBeVisible({ timeout: 60_000 });
});

test('the viewer walks with keys, shows information and returns', async () => {
  const ids = await tiles().evaluateAll((all) =>
    all.map((each) => each.getAttribute('data-asset'))
  );
  const viewer = page.locator('[data-viewer]');
  await tiles().first().click();
  await expect(viewer).toHaveAttribute('data-viewer', ids[0] ?? '');
  await page.keyboard.press('ArrowRight');
  await expect(viewer).toHaveAttribute('data-viewer', ids[1] ?? '');
  await page.keyboard.press('ArrowLeft');
  await expect(viewer).toHaveAttribute('data-viewer', ids[0] ?? '');
  const preview = page.locator('[data-preview]');
  await expect
    .poll(() => preview.evaluate((img) => (img as HTMLImageElement).naturalWidth))
    .toBeGreaterThan(0);
  await page.keyboard.press('i');
  const info = page.getByRole('complementary', { name: 'Information' });
  await expect(info).toContainText('640 × 480');
  await info.getByRole('textbox', { name: 'Description' }).fill('By the harbour');
  await info.getByRole('textbox', { name: 'Description' }).press('Escape');
  await expect
    .poll(async () => {
      const reply = await page.request.get(`/api/assets/${ids[0]}`);
      return (await reply.json()).exifInfo?.description;
    })
    .toBe('By the harbour');
  await page.keyboard.press('f');
  await expect(page.getByRole('button', { name: 'Remove from favourites' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(viewer).toHaveCount(0);
  await expect(page.locator(`[data-asset="${ids[0]}"]`)).toBeFocused();
});

test('favourites show what has been favoured', async () => {
  await page.getByRole('link', { name: 'Favourites' }).first().click();
  await expect(tiles()).toHaveCount(1);
});

test('delete, undo, delete again, restore from the trash', async () => {
  await openPhotos();
  await expect(tiles()).toHaveCount(4);
  const id = await tiles().first().getAttribute('data-asset');
  const tile = page.locator(`[data-asset="${id}"]`);
  await tile.focus();
  await page.keyboard.press('Delete');
  await expect(tile).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(tile).toBeVisible();
  await tile.focus();
  await page.keyboard.press('Delete');
  await expect(tile).toHaveCount(0);
  await page.getByRole('link', { name: 'Trash' }).first().click();
  await expect(tile).toBeVisible();
  await page.getByRole('button', { name: 'Restore all' }).click();
  await expect(tile).toHaveCount(0);
  await openPhotos();
  await expect(tile).toBeVisible();
});

test('the jobs page counts what the worker does, and commands it', async () => {
  await page.getByRole('link', { name: 'Jobs' }).first().click();
  const thumbs = page.locator('[data-queue=thumbnailGeneration]');
  await expect(thumbs.locator('[data-count=active]')).toHaveText(/^\d+$/);
  await thumbs.getByRole('button', { name: 'Pause' }).click();
  await expect(thumbs.getByText('Paused', { exact: true })).toBeVisible();
  await thumbs.getByRole('button', { name: 'All' }).click();
  await expect(thumbs.locator('[data-count=waiting]')).not.toHaveText('0');
  await thumbs.getByRole('button', { name: 'Resume' }).click();
  await expect(thumbs.locator('[data-count=waiting]')).toHaveText('0', { timeout: 60_000 });
  const before = await thumbs.getByLabel('At a time').inputValue();
  const other = before === '2' ? '3' : '2';
  await thumbs.getByLabel('At a time').fill(other);
  await thumbs.getByLabel('At a time').press('Enter');
  await expect
    .poll(async () => {
      const config = await (await page.request.get('/api/system-config')).json();
      return String(config.job.thumbnailGeneration.concurrency);
    })
    .toBe(other);
});

test('an API key is shown once and works', async ({ playwright, baseURL }) => {
  await page.getByRole('link', { name: 'Account' }).first().click();
  await page.getByLabel('Name of the key').fill('Laptop');
  await page.getByRole('button', { name: 'New key' }).click();
  const secret = await page.locator('[data-secret]').textContent();
  const client = await playwright.request.newContext({
    baseURL,
    extraHTTPHeaders: { 'x-api-key': secret?.trim() ?? '' }
  });
  const me = await client.get('/api/users/me');
  expect(me.status()).toBe(200);
  expect((await me.json()).email).toBe(admin.email);
  await client.dispose();
  await page.keyboard.press('Escape');
  await expect(page.locator('[data-secret]')).toHaveCount(0);
});

test('on a phone everything is in reach', async ({ browser, baseURL }) => {
  const phone = await browser.newContext({
    baseURL,
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
    storageState: await context.storageState()
  });
  const small = await phone.newPage();
  await small.goto('/photos');
  await expect(tiles(small)).toHaveCount(4);
  const bar = small.getByRole('navigation', { name: 'Main, bottom' });
  await expect(bar).toBeVisible();
  const wide = await small.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  expect(wide).toBe(false);
  await tiles(small).first().tap();
  await expect(small.locator('[data-viewer]')).toBeVisible();
  await small.getByRole('button', { name: 'Back' }).tap();
  await expect(small.locator('[data-viewer]')).toHaveCount(0);
  await bar.getByRole('link', { name: 'Account' }).tap();
  await expect(small.getByRole('heading', { level: 1, name: 'Account' })).toBeVisible();
  await phone.close();
});

test('the page is sent packed, and its parts may be kept for ever', async () => {
  const html = await page.request.get('/photos', { headers: { accept: 'text/html' } });
  const script = /\/_app\/immutable\/entry\/start[^"']+\.js/.exec(await html.text())?.[0];
  if (!script) throw new Error('the page names no start script');
  const reply = await page.request.get(script, { headers: { 'accept-encoding': 'br' } });
  expect(reply.headers()['content-encoding']).toBe('br');
  expect(reply.headers()['cache-control']).toContain('immutable');
});

test('a video plays from its file, and as a stream in the quality that is chosen', async () => {
  const config = await (await page.request.get('/api/system-config')).json();
  config.ffmpeg.realtime.enabled = true;
  expect((await page.request.put('/api/system-config', { data: config })).status()).toBe(200);
  await openPhotos();
  const recorded = await film(page, 'ball.webm', 5);
  await upload(recorded);
  await expect(row('ball.webm')).toHaveAttribute('data-state', 'done');
  await expect(tiles()).toHaveCount(5);
  await page.getByRole('button', { name: 'Close' }).click();
  await page.reload();
  await page.locator('[data-asset][aria-label^=Video]').first().click();
  const video = page.locator('[data-viewer] video');
  const played = () =>
    video.evaluate((element) => {
      const { currentTime, videoWidth } = element as HTMLVideoElement;
      return videoWidth > 0 && currentTime > 0.5;
    });
  await expect.poll(played).toBe(true);
  // Its controls are below it, and must not be cut off.
  const box = await video.boundingBox();
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(800);
  const sent: string[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname.includes('/video/stream/')) {
      sent.push(`${request.method()} ${url.pathname.split('/').pop()}`);
    }
  });
  const quality = page.getByLabel('Quality');
  await quality.selectOption('Automatic');
  await expect.poll(() => sent).toContain('GET seg_0.m4s');
  await expect.poll(played).toBe(true);
  await quality.selectOption('480p');
  await expect.poll(played).toBe(true);
  await expect(page.getByRole('alert')).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(video).toHaveCount(0);
  await expect.poll(() => sent.filter((each) => each.startsWith('DELETE')).length).toBe(1);
});
