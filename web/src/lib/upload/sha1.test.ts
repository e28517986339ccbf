import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Sha1 } from './sha1';

function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
}

describe('Sha1', () => {
  // Around the block and padding borders.
  it.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000, 100_003])('%d bytes', (length) => {
    const input = bytes(length);
    const sha1 = new Sha1();
    sha1.update(input);
    expect(sha1.hex()).toBe(createHash('sha1').update(input).digest('hex'));
  });

  it.each([1, 3, 63, 64, 65, 4096])('gives the same in chunks of %d', (size) => {
    const input = bytes(10_007);
    const sha1 = new Sha1();
    for (let at = 0; at < input.length; at += size) sha1.update(input.subarray(at, at + size));
    expect(sha1.hex()).toBe(createHash('sha1').update(input).digest('hex'));
  });
});
