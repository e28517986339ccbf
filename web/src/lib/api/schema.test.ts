import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

// Everything generated has a test that writes it (UPDATE=1) and fails when it is stale.
it('schema.d.ts is what the OpenAPI document says', () => {
  const args = ['scripts/generate-api.mjs', ...(process.env.UPDATE ? [] : ['--check'])];
  const run = () => execFileSync(process.execPath, args, { encoding: 'utf8', stdio: 'pipe' });
  expect(run).not.toThrow();
}, 30_000);
