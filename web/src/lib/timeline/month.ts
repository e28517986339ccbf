/** One month of a grid: its count always, its photos while they are loaded. */
import { dayNumber, type Columns } from './columns';
import { estimateHeight, layoutMonth, type Geometry, type MonthLayout } from './layout';

/** What one picture of the grid needs. Made once per layout, so that equal means unchanged. */
export interface Tile {
  id: string;
  index: number;
  left: number;
  top: number;
  width: number;
  height: number;
  thumbhash: string | null;
  isFavorite: boolean;
  isImage: boolean;
  isLive: boolean;
  durationMs: number | null;
  localMs: number;
}

export type MonthState = 'unloaded' | 'loading' | 'loaded' | 'failed';

export class Month {
  state: MonthState = 'unloaded';
  top = 0;
  height = 0;
  columns: Columns | null = null;
  layout: MonthLayout | null = null;
  /** Counts changes of what is drawn. */
  version = 0;
  /** The clock value when it was last wanted. */
  lastWanted = 0;
  /** Loaded, but the server has something newer. */
  stale = false;
  failedAt = 0;
  request: AbortController | null = null;
  loading: Promise<void> | null = null;
  private tiles: (Tile | undefined)[] = [];
  private positions: Map<string, number> | null = null;
  /** Real height at `measuredWidth`, kept when the photos are evicted. */
  private measured: { height: number; width: number; count: number } | null = null;

  constructor(
    readonly key: string,
    public count: number
  ) {}

  /** Takes new photos, or `null` to forget them. */
  setColumns(columns: Columns | null, geometry: Geometry): void {
    this.columns = columns;
    if (columns) this.count = columns.ids.length;
    this.positions = null;
    this.arrange(geometry);
  }

  arrange(geometry: Geometry): void {
    this.version += 1;
    this.tiles = [];
    this.layout = this.columns ? layoutMonth(this.columns, geometry) : null;
    if (this.layout) {
      this.height = this.layout.height;
      this.measured = { height: this.height, width: geometry.width, count: this.count };
      return;
    }
    const known = this.measured;
    const fits = known && known.width === geometry.width && known.count === this.count;
    this.height = fits ? known.height : estimateHeight(this.count, geometry);
  }

  indexOf(id: string): number {
    if (!this.columns) return -1;
    this.positions ??= new Map(this.columns.ids.map((each, i) => [each, i]));
    return this.positions.get(id) ?? -1;
  }

  /** Index of the row (over all days) that holds an asset: its top and height in the month. */
  placeOf(index: number): { top: number; height: number } | null {
    const day = this.layout?.days.find((each) => index >= each.start && index < each.end);
    return day?.rows.find((row) => index >= row.start && index < row.end) ?? null;
  }

  /** The photo taken nearest to a wall-clock time, for jumps into a day. */
  firstOfDay(localMs: number): number {
    const day = dayNumber(localMs);
    return this.columns?.locals.findIndex((local) => dayNumber(local) <= day) ?? -1;
  }

  tile(index: number, top: number, height: number): Tile {
    const columns = this.columns;
    const layout = this.layout;
    if (!columns || !layout) throw new Error('a month without photos has no tiles');
    return (this.tiles[index] ??= {
      id: columns.ids[index],
      index,
      left: layout.lefts[index],
      top,
      width: layout.widths[index],
      height,
      thumbhash: columns.thumbhashes[index] ?? null,
      isFavorite: columns.favorites[index],
      isImage: columns.images[index],
      isLive: columns.liveVideos[index] != null,
      durationMs: columns.durations[index] ?? null,
      localMs: columns.locals[index]
    });
  }
}
