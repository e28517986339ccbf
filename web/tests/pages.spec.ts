import { expect, logIn, test } from './fixtures';
import { admin, startMock } from './mock/server.mjs';

test('the first visit leads to the sign-up, and from there to the photos', async ({ page }) => {
  const mock = await startMock({ initialized: false });
  await page.goto(mock.url);
  await expect(page).toHaveURL(/\/auth\/register$/);
  await page.getByLabel('Name').fill('Grace');
  await page.getByLabel('E-mail').fill('grace@example.com');
  await page.getByLabel('Password', { exact: true }).fill('long enough');
  await page.getByLabel('Password again').fill('another one');
  await page.getByRole('button', { name: 'Create the account' }).click();
  await expect(page.getByRole('alert')).toHaveText('The two passwords differ');
  await page.getByLabel('Password again').fill('long enough');
  await page.getByRole('button', { name: 'Create the account' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Photos' })).toBeVisible();
  await mock.close();
});

test('login refuses, then returns to the page that was wanted; logout ends it', async ({
  page,
  mock
}) => {
  await page.goto(`${mock.url}/trash`);
  await expect(page).toHaveURL(/\/auth\/login\?continue=/);
  await page.getByLabel('E-mail').fill(admin.email);
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('alert')).toHaveText('Incorrect email or password');
  await page.getByLabel('Password').fill(admin.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL(/\/trash$/);
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL(/\/auth\/login/);
  await page.goto(`${mock.url}/photos`);
  await expect(page).toHaveURL(/\/auth\/login/);
});

test('jobs: live counts, commands, failures, concurrency', async ({ timeline, mock }) => {
  await timeline.getByRole('link', { name: 'Jobs' }).first().click();
  const thumbs = timeline.locator('[data-queue=thumbnailGeneration]');
  await expect(thumbs.locator('[data-count=waiting]')).toHaveText('128');
  mock.queue('thumbnailGeneration').statistics.waiting = 57;
  await expect(thumbs.locator('[data-count=waiting]')).toHaveText('57');
  await thumbs.getByRole('button', { name: 'Pause' }).click();
  await expect(thumbs.getByText('Paused', { exact: true })).toBeVisible();
  expect(mock.queue('thumbnailGeneration').isPaused).toBe(true);
  await thumbs.getByRole('button', { name: 'Resume' }).click();
  await expect(thumbs.getByText('Running', { exact: true })).toBeVisible();
  await thumbs.getByRole('button', { name: 'Show failed' }).click();
  await expect(thumbs.locator('[data-failed]')).toContainText('ends in the middle of a scan');
  await thumbs.getByRole('button', { name: 'Clear failed' }).click();
  await expect(thumbs.locator('[data-count=failed]')).toHaveText('0');
  await thumbs.getByLabel('At a time').fill('6');
  await thumbs.getByLabel('At a time').press('Enter');
  await expect.poll(() => mock.config.job.thumbnailGeneration.concurrency).toBe(6);
  expect(mock.config.job.metadataExtraction.concurrency).toBe(5);
  const backup = timeline.locator('[data-queue=backupDatabase]');
  await expect(backup).toContainText('One at a time');
});

test('account: name, password, sessions, API keys', async ({ timeline, mock }) => {
  await timeline.getByRole('link', { name: 'Account' }).first().click();
  await timeline.getByLabel('Name', { exact: true }).fill('Ada L.');
  await timeline.getByRole('button', { name: 'Save' }).click();
  await expect.poll(() => mock.user.name).toBe('Ada L.');
  await timeline.getByLabel('Current password').fill('nope');
  await timeline.getByLabel('New password').fill('battery staple');
  await timeline.getByRole('button', { name: 'Change the password' }).click();
  await expect(timeline.getByRole('alert')).toHaveText('Wrong password');
  await timeline.getByLabel('Current password').fill(admin.password);
  await timeline.getByRole('button', { name: 'Change the password' }).click();
  await expect.poll(() => mock.user.password).toBe('battery staple');
  await timeline.getByRole('button', { name: 'Log out Pixel 9 on Android' }).click();
  await expect(timeline.locator('[data-session=other]')).toHaveCount(0);
  await timeline.getByLabel('Name of the key').fill('Laptop');
  await timeline.getByRole('button', { name: 'New key' }).click();
  await expect(timeline.locator('[data-secret]')).toHaveText('mock-secret-0123456789');
  await timeline.keyboard.press('Escape');
  await expect(timeline.locator('[data-secret]')).toHaveCount(0);
  timeline.on('dialog', (dialog) => void dialog.accept());
  await timeline.getByRole('button', { name: 'Delete Laptop' }).click();
  await expect(timeline.locator('[data-api-key]')).toHaveCount(0);
});

test('the theme follows the system, can be chosen, and never flashes', async ({
  browser,
  mock
}) => {
  const page = await browser.newPage({ colorScheme: 'dark' });
  await logIn(page, mock);
  const root = page.locator('html');
  await expect(root).toHaveAttribute('data-theme', 'dark');
  await page.getByRole('button', { name: 'Light theme' }).click();
  await expect(root).toHaveAttribute('data-theme', 'light');
  // Before the app's own code has run, the choice is there.
  await page.route('**/_app/**', (route) => route.abort());
  await page.reload({ waitUntil: 'domcontentloaded' });
  await expect(root).toHaveAttribute('data-theme', 'light');
  await page.close();
});

test('a phone has a bottom bar, and nothing sticks out sideways', async ({ browser, mock }) => {
  const page = await browser.newPage({
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true
  });
  await logIn(page, mock);
  await expect(page.getByRole('navigation', { name: 'Main, bottom' })).toBeVisible();
  for (const path of ['/photos', '/jobs', '/account', '/trash']) {
    await page.goto(mock.url + path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    expect(wide, path).toBe(false);
  }
  await page.close();
});
