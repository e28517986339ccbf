/** Where the labels of the scrubber stand, and what lies under a point of it. */

export interface ScrubMonth {
  key: string;
  top: number;
  height: number;
}

export interface Label {
  text: string;
  /** Fraction of the track, 0 at the top. */
  at: number;
}

/** Years at their first month, as far apart as they must be to be read. */
export function yearLabels(months: ScrubMonth[], end: number, minDistance: number): Label[] {
  const labels: Label[] = [];
  let year = '';
  for (const month of months) {
    if (month.key.slice(0, 4) === year) continue;
    year = month.key.slice(0, 4);
    const at = end > 0 ? month.top / end : 0;
    const last = labels[labels.length - 1];
    if (!last || at - last.at >= minDistance) labels.push({ text: year, at });
  }
  return labels;
}

/** The last month whose top is at or above `position`. */
export function monthIndexAt(months: { top: number }[], position: number): number {
  let low = 0;
  let high = months.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (months[middle].top <= position) low = middle;
    else high = middle - 1;
  }
  return months.length ? low : -1;
}
