import { defineConfig } from '@playwright/test';
import { browser } from './playwright.shared';

// The whole stack: BASE_URL names a fresh, empty server. The specs build on each other, since
// there is one first sign-up per server.
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results/e2e',
  fullyParallel: false,
  workers: 1,
  forbidOnly: !!process.env.CI,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    ...browser,
    baseURL: process.env.BASE_URL ?? 'http://127.0.0.1:2283',
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure'
  }
});
