import { defineConfig } from '@playwright/test';
import { browser } from './playwright.shared';

// The built app against a small API of our own; each test starts the one it needs.
export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results/ui',
  fullyParallel: true,
  workers: 2,
  forbidOnly: !!process.env.CI,
  timeout: 45_000,
  expect: { timeout: 8_000 },
  reporter: [['list']],
  use: { ...browser, viewport: { width: 1280, height: 800 }, trace: 'retain-on-failure' }
});
