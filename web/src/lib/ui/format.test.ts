import { describe, expect, it } from 'vitest';
import { formatBytes, formatDay, formatDuration, plural } from './format';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [250 * 1024 * 1024, '250 MiB'],
    [1.25 * 1024 ** 4, '1.3 TiB']
  ])('%d → %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('formatDuration', () => {
  it.each([
    [0, '0:00'],
    [75_000, '1:15'],
    [3_675_000, '1:01:15']
  ])('%d → %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe('formatDay', () => {
  const now = new Date(2024, 4, 10, 15);

  it('names the last two days', () => {
    expect(formatDay('2024-05-10', now)).toBe('Today');
    expect(formatDay('2024-05-09', now)).toBe('Yesterday');
  });

  it('writes the year only when it is not this one', () => {
    expect(formatDay('2024-01-02', now)).not.toContain('2024');
    expect(formatDay('2023-01-02', now)).toContain('2023');
  });
});

it('plural counts', () => {
  expect(plural(1, 'photo')).toBe('1 photo');
  expect(plural(2, 'photo')).toBe('2 photos');
});
