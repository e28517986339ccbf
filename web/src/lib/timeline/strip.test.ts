import { describe, expect, it } from 'vitest';
import { areaHeight, isAtFalseEnd, isOffCentre, maxPosition, originFor, WINDOW } from './strip';

const small = { total: 5000, origin: 0, viewport: 800 };
const huge = { total: 40_000_000, origin: 0, viewport: 800 };

describe('a small library', () => {
  it('is its own scroll area', () => {
    expect(areaHeight(small)).toBe(5000);
    expect(originFor(small, 4000)).toBe(0);
    expect(isOffCentre(small, 4000)).toBe(false);
    expect(isAtFalseEnd(small, 0)).toBe(false);
    expect(isAtFalseEnd(small, maxPosition(small))).toBe(false);
  });

  it('goes back to its own top once a month above has changed', () => {
    expect(isOffCentre({ ...small, origin: 120 }, 500)).toBe(true);
    expect(isAtFalseEnd({ ...small, origin: 120 }, 120)).toBe(true);
    expect(isAtFalseEnd({ ...small, origin: -120 }, -60)).toBe(true);
  });
});

describe('a huge library', () => {
  it('never makes an element that browsers would clip', () => {
    expect(areaHeight(huge)).toBe(WINDOW);
    expect(WINDOW).toBeLessThan(17_000_000);
  });

  it('puts the window around the place that is looked at', () => {
    const origin = originFor(huge, 20_000_000);
    expect(20_000_000 - origin).toBe(WINDOW / 2);
    expect(isOffCentre({ ...huge, origin }, 20_000_000)).toBe(false);
  });

  it('reaches both ends exactly', () => {
    expect(originFor(huge, 10)).toBe(0);
    const last = maxPosition(huge);
    const origin = originFor(huge, last);
    expect(origin + WINDOW).toBe(huge.total);
    expect(last - origin + huge.viewport).toBe(WINDOW);
    expect(isAtFalseEnd({ ...huge, origin }, last)).toBe(false);
  });

  it('sees that the end of the window is not the end of the library', () => {
    expect(isAtFalseEnd(huge, WINDOW - huge.viewport)).toBe(true);
    expect(isOffCentre(huge, WINDOW - huge.viewport - 1000)).toBe(true);
  });
});
