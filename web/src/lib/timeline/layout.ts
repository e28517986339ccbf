/**
 * Places the photos of one month: justified rows under day headings. Small days share a line.
 * Pure arithmetic on arrays; positions are relative to the month's own top.
 */
import { dayKey, dayNumber, type Columns } from './columns';

export interface Geometry {
  width: number;
  /** The height that rows aim at. */
  rowHeight: number;
  gap: number;
  headingHeight: number;
  /** Space below each line of days. */
  lineGap: number;
}

export interface Row {
  top: number;
  height: number;
  /** Indexes into the columns, end exclusive. */
  start: number;
  end: number;
}

export interface Day {
  key: string;
  top: number;
  left: number;
  width: number;
  height: number;
  start: number;
  end: number;
  rows: Row[];
}

export interface MonthLayout {
  height: number;
  /** In reading order; days that share a line have the same top and height. */
  days: Day[];
  lefts: Float32Array;
  widths: Float32Array;
}

/** Narrower, and a heading could not be read. */
const MIN_DAY_WIDTH = 132;
/** Space between days on one line. */
const DAY_GAP = 14;
/** Panoramas would flatten a whole row, slips would vanish. */
const MIN_RATIO = 0.4;
const MAX_RATIO = 3.5;

export function geometryFor(width: number): Geometry {
  const rowHeight = width < 480 ? 118 : width < 900 ? 168 : 216;
  return { width, rowHeight, gap: width < 480 ? 2 : 4, headingHeight: 44, lineGap: 12 };
}

/** A guess, for months that are not loaded yet. It only has to be near. */
export function estimateHeight(count: number, geometry: Geometry): number {
  if (count === 0) return 0;
  const { width, rowHeight, gap, headingHeight, lineGap } = geometry;
  const perRow = Math.max(1, width / (rowHeight * 1.3 + gap));
  const rows = Math.ceil(count / perRow);
  const lines = Math.min(rows, 20);
  return Math.round(rows * (rowHeight + gap) + lines * (headingHeight + lineGap));
}

export function layoutMonth(columns: Columns, geometry: Geometry): MonthLayout {
  const count = columns.ids.length;
  const placer: Placer = {
    columns,
    geometry,
    lefts: new Float32Array(count),
    widths: new Float32Array(count)
  };
  const days: Day[] = [];
  const { width, rowHeight, gap, headingHeight, lineGap } = geometry;
  let lineTop = 0;
  let lineWidth = 0;
  let lineStart = 0;
  const closeLine = () => {
    const height = Math.max(0, ...days.slice(lineStart).map((day) => day.height));
    for (let i = lineStart; i < days.length; i++) days[i].height = height;
    lineTop += days.length > lineStart ? height + lineGap : 0;
    lineWidth = 0;
    lineStart = days.length;
  };

  for (let start = 0; start < count;) {
    const end = dayEnd(columns, start);
    const natural = naturalWidth(columns, start, end, rowHeight, gap, width);
    const dayWidth = Math.max(natural, Math.min(MIN_DAY_WIDTH, width));
    if (lineWidth > 0 && (lineWidth + DAY_GAP + dayWidth > width || natural >= width)) closeLine();
    const left = lineWidth > 0 ? lineWidth + DAY_GAP : 0;
    const top = lineTop;
    const rows = placeRows(placer, start, end, left, top + headingHeight);
    const last = rows[rows.length - 1];
    days.push({
      key: dayKey(columns.locals[start]),
      top,
      left,
      width: natural >= width ? width : dayWidth,
      height: last.top + last.height - top,
      start,
      end,
      rows
    });
    lineWidth = left + dayWidth;
    if (natural >= width) closeLine();
    start = end;
  }
  closeLine();
  return { height: lineTop, days, lefts: placer.lefts, widths: placer.widths };
}

interface Placer {
  columns: Columns;
  geometry: Geometry;
  lefts: Float32Array;
  widths: Float32Array;
}

function dayEnd(columns: Columns, start: number): number {
  const day = dayNumber(columns.locals[start]);
  let end = start + 1;
  while (end < columns.ids.length && dayNumber(columns.locals[end]) === day) end++;
  return end;
}

function ratioOf(columns: Columns, index: number): number {
  return Math.min(MAX_RATIO, Math.max(MIN_RATIO, columns.ratios[index]));
}

/** The width of all photos side by side at the aimed height; stops counting at `limit`. */
function naturalWidth(
  columns: Columns,
  start: number,
  end: number,
  rowHeight: number,
  gap: number,
  limit: number
): number {
  let width = -gap;
  for (let i = start; i < end && width < limit; i++) {
    width += ratioOf(columns, i) * rowHeight + gap;
  }
  return Math.min(width, limit);
}

/** Breaks the photos of one day into rows that fill the width; the last row may stay short. */
function placeRows(placer: Placer, start: number, end: number, left: number, top: number): Row[] {
  const { width, gap } = placer.geometry;
  const rows: Row[] = [];
  let rowStart = start;
  let rowTop = top;
  while (rowStart < end) {
    const row = breakRow(placer, rowStart, end);
    placeRow(placer, rowStart, row.end, left, row.height);
    if (row.full) stretchLast(placer, row.end - 1, left + width);
    rows.push({ top: rowTop, height: row.height, start: rowStart, end: row.end });
    rowTop += row.height + gap;
    rowStart = row.end;
  }
  return rows;
}

/** How far a row goes, and how high it is. */
function breakRow(
  placer: Placer,
  start: number,
  end: number
): { end: number; height: number; full: boolean } {
  const { width, rowHeight, gap } = placer.geometry;
  let sum = 0;
  for (let at = start; at < end; at++) {
    const ratio = ratioOf(placer.columns, at);
    const withIt = heightFor(sum + ratio, at - start + 1, width, gap);
    if (withIt <= rowHeight) {
      const withoutIt = heightFor(sum, at - start, width, gap);
      // Either side of the photo can be the break: take the height nearer to the aim.
      const take = at === start || withoutIt - rowHeight > rowHeight - withIt;
      const height = Math.max(1, Math.round(take ? withIt : withoutIt));
      return { end: take ? at + 1 : at, height, full: true };
    }
    sum += ratio;
  }
  return { end, height: rowHeight, full: false };
}

function heightFor(ratioSum: number, photos: number, width: number, gap: number): number {
  return ratioSum > 0 ? (width - gap * (photos - 1)) / ratioSum : Number.POSITIVE_INFINITY;
}

function placeRow(placer: Placer, start: number, end: number, left: number, height: number): void {
  let x = left;
  for (let i = start; i < end; i++) {
    const width = Math.round(ratioOf(placer.columns, i) * height);
    placer.lefts[i] = x;
    placer.widths[i] = width;
    x += width + placer.geometry.gap;
  }
}

/** Rounding leaves a few pixels at the right edge; the last photo takes them. */
function stretchLast(placer: Placer, index: number, right: number): void {
  placer.widths[index] = Math.max(1, right - placer.lefts[index]);
}

/** The first item whose bottom lies below `y`. */
export function firstBelow(items: { top: number; height: number }[], y: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle].top + items[middle].height <= y) low = middle + 1;
    else high = middle;
  }
  return low;
}
