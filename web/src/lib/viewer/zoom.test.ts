import { describe, expect, it } from 'vitest';
import { clamp, fit, MAX_SCALE, whole, zoomAt } from './zoom';

const stage = { width: 1000, height: 500 };

it('fit uses the tighter side', () => {
  expect(fit(3, stage)).toEqual({ width: 1000, height: 1000 / 3 });
  expect(fit(1, stage)).toEqual({ width: 500, height: 500 });
});

describe('zoomAt', () => {
  it('keeps the point under the pointer in place', () => {
    const point = { x: 120, y: -40 };
    const before = { scale: 2, x: 30, y: 10 };
    const after = zoomAt(before, 1.5, point);
    const onPicture = (zoom: typeof before) => ({
      x: (point.x - zoom.x) / zoom.scale,
      y: (point.y - zoom.y) / zoom.scale
    });
    expect(after.scale).toBe(3);
    expect(onPicture(after).x).toBeCloseTo(onPicture(before).x);
    expect(onPicture(after).y).toBeCloseTo(onPicture(before).y);
  });

  it('never goes below whole or above the limit', () => {
    expect(zoomAt(whole, 0.1, { x: 0, y: 0 }).scale).toBe(1);
    expect(zoomAt(whole, 1000, { x: 0, y: 0 }).scale).toBe(MAX_SCALE);
  });
});

it('clamp centres what fits and stops at the edges of what does not', () => {
  const picture = { width: 500, height: 500 };
  expect(clamp({ scale: 1, x: 99, y: 99 }, picture, stage)).toEqual({ scale: 1, x: 0, y: 0 });
  expect(clamp({ scale: 3, x: 999, y: -999 }, picture, stage)).toEqual({
    scale: 3,
    x: 250,
    y: -500
  });
});
