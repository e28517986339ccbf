import { expect, it } from 'vitest';
import { localTarget } from './target';

it.each([
  ['/trash', '/trash'],
  ['/photos/abc?x=1', '/photos/abc?x=1'],
  [null, '/photos'],
  ['//evil.example', '/photos'],
  ['/\\evil.example', '/photos'],
  ['https://evil.example', '/photos'],
  ['/auth/login', '/photos']
])('%s → %s', (wanted, target) => expect(localTarget(wanted)).toBe(target));
