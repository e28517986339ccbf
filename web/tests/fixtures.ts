/** A mock server per test, and the steps that many tests begin with. */
import { expect, test as base, type Page } from '@playwright/test';
import { admin, startMock } from './mock/server.mjs';

export type Mock = Awaited<ReturnType<typeof startMock>>;
export type MockOptions = NonNullable<Parameters<typeof startMock>[0]>;

interface Fixtures {
  mockOptions: MockOptions;
  mock: Mock;
  /** A page that is logged in and shows the timeline. */
  timeline: Page;
}

export const test = base.extend<Fixtures>({
  mockOptions: [{ assets: 400, months: 12 }, { option: true }],
  mock: async ({ mockOptions }, use) => {
    const mock = await startMock(mockOptions);
    await use(mock);
    await mock.close();
  },
  timeline: async ({ page, mock }, use) => {
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) problems.push(message.text());
    });
    await logIn(page, mock);
    await use(page);
    expect(problems, 'errors in the page').toEqual([]);
  }
});

export { expect };

export async function logIn(page: Page, mock: Mock): Promise<void> {
  const reply = await page.request.post(`${mock.url}/api/auth/login`, {
    data: { email: admin.email, password: admin.password }
  });
  expect(reply.status()).toBe(201);
  await page.goto(`${mock.url}/photos`);
  await expect(page.getByRole('heading', { level: 1, name: 'Photos' })).toBeVisible();
}

export function tiles(page: Page) {
  return page.locator('[data-asset]');
}

/** The smallest PNG there is, made unique by a text chunk that decoders skip. */
export function png(seed: string): Buffer {
  const base = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64'
  );
  return Buffer.concat([base, Buffer.from(seed)]);
}
