import { expect, it } from 'vitest';
import { monthIndexAt, yearLabels } from './scrubber';

const months = [
  { key: '2024-05-01', top: 0, height: 400 },
  { key: '2024-01-01', top: 400, height: 500 },
  { key: '2023-12-01', top: 900, height: 10 },
  { key: '2022-12-01', top: 910, height: 90 }
];

it('yearLabels stand at the first month of a year and leave out what would overlap', () => {
  expect(yearLabels(months, 1000, 0.005)).toEqual([
    { text: '2024', at: 0 },
    { text: '2023', at: 0.9 },
    { text: '2022', at: 0.91 }
  ]);
  expect(yearLabels(months, 1000, 0.05).map((label) => label.text)).toEqual(['2024', '2023']);
});

it('monthIndexAt finds the month at a position', () => {
  expect([-5, 0, 399, 400, 905, 5000].map((at) => monthIndexAt(months, at))).toEqual([
    0, 0, 0, 1, 2, 3
  ]);
  expect(monthIndexAt([], 10)).toBe(-1);
});
