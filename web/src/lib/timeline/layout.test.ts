import { describe, expect, it } from 'vitest';
import { estimateHeight, firstBelow, geometryFor, layoutMonth } from './layout';
import { columnsOf } from './testing';

const geometry = geometryFor(1000);

/** A day of many photos of mixed shapes. */
function bigDay(count: number, day = '2024-05-10'): [string, number][] {
  return Array.from({ length: count }, (_, i) => [day, [1.5, 0.75, 1, 1.78][i % 4]]);
}

describe('layoutMonth', () => {
  it('fills every full row to the edge, without overlaps', () => {
    const layout = layoutMonth(columnsOf(bigDay(43)), geometry);
    const rows = layout.days[0].rows;
    expect(rows.length).toBeGreaterThan(3);
    for (const row of rows.slice(0, -1)) {
      expect(layout.lefts[row.start]).toBe(0);
      expect(layout.lefts[row.end - 1] + layout.widths[row.end - 1]).toBe(1000);
      for (let i = row.start + 1; i < row.end; i++) {
        expect(layout.lefts[i]).toBe(layout.lefts[i - 1] + layout.widths[i - 1] + geometry.gap);
      }
    }
  });

  it('keeps row heights near the aim and leaves the last row short, not stretched', () => {
    const { days, lefts, widths } = layoutMonth(columnsOf(bigDay(42)), geometry);
    const rows = days[0].rows;
    for (const row of rows) {
      expect(row.height).toBeGreaterThan(geometry.rowHeight * 0.7);
      expect(row.height).toBeLessThan(geometry.rowHeight * 1.4);
    }
    const last = rows[rows.length - 1];
    if (lefts[last.end - 1] + widths[last.end - 1] < 1000) {
      expect(last.height).toBe(geometry.rowHeight);
    }
  });

  it('covers every photo exactly once, in order', () => {
    const photos = [
      ...bigDay(7, '2024-05-10'),
      ...bigDay(30, '2024-05-09'),
      ...bigDay(1, '2024-05-02')
    ];
    const { days } = layoutMonth(columnsOf(photos), geometry);
    const covered = days.flatMap((day) => day.rows.flatMap((row) => [row.start, row.end]));
    expect(covered[0]).toBe(0);
    expect(covered[covered.length - 1]).toBe(38);
    for (let i = 1; i < covered.length - 1; i += 2) expect(covered[i]).toBe(covered[i + 1]);
    expect(days.map((day) => day.key)).toEqual(['2024-05-10', '2024-05-09', '2024-05-02']);
  });

  it('puts small days side by side and large ones on a line of their own', () => {
    const photos = [
      ...bigDay(1, '2024-05-10'),
      ...bigDay(1, '2024-05-09'),
      ...bigDay(20, '2024-05-08')
    ];
    const { days } = layoutMonth(columnsOf(photos), geometry);
    expect(days[1].top).toBe(days[0].top);
    expect(days[1].left).toBeGreaterThanOrEqual(days[0].left + days[0].width);
    expect(days[2].left).toBe(0);
    expect(days[2].top).toBeGreaterThan(days[0].top);
  });

  it('survives panoramas, slips and a very narrow page', () => {
    const narrow = geometryFor(120);
    const { days, widths } = layoutMonth(
      columnsOf([
        ['2024-05-10', 12],
        ['2024-05-10', 0.05],
        ['2024-05-10', 1]
      ]),
      narrow
    );
    for (const row of days[0].rows) expect(row.height).toBeGreaterThan(0);
    for (const width of widths) {
      expect(width).toBeGreaterThan(0);
      expect(width).toBeLessThanOrEqual(120);
    }
  });

  it('arranges a month of 20,000 photos in a blink', () => {
    const columns = columnsOf(bigDay(20_000));
    const start = performance.now();
    layoutMonth(columns, geometry);
    expect(performance.now() - start).toBeLessThan(250);
  });
});

it('estimateHeight is near the truth for a common month', () => {
  const photos = Array.from({ length: 28 }, (_, day) =>
    bigDay(12, `2024-05-${String(28 - day).padStart(2, '0')}`)
  ).flat();
  const real = layoutMonth(columnsOf(photos), geometry).height;
  const guess = estimateHeight(photos.length, geometry);
  expect(guess).toBeGreaterThan(real * 0.5);
  expect(guess).toBeLessThan(real * 1.5);
  expect(estimateHeight(0, geometry)).toBe(0);
});

it('firstBelow skips what ends above', () => {
  const items = [0, 10, 20].map((top) => ({ top, height: 10 }));
  expect([0, 9, 10, 25, 30].map((y) => firstBelow(items, y))).toEqual([0, 0, 1, 2, 3]);
});
