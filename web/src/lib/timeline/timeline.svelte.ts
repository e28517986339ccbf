/**
 * The state of one grid: all months with their counts, the photos of the months near the eye,
 * and what of them is drawn. Only rows near the viewport ever reach the page.
 *
 * What must stay true: the picture does not jump. Everything that changes heights runs inside
 * `keepingStill`, which moves the strip's origin so that the first visible row stays put.
 */
import { api, body, explain, isAbort } from '$lib/api/client';
import { columnsFrom } from './columns';
import type { View } from './filters';
import { firstBelow, geometryFor, type Day, type Geometry } from './layout';
import { Month, type Tile } from './month';
import { monthIndexAt } from './scrubber';
import { areaHeight, isAtFalseEnd, isOffCentre, maxPosition, originFor, type Strip } from './strip';

export interface DayView {
  day: Day;
  tiles: Tile[];
}

export interface MonthView {
  month: Month;
  key: string;
  /** Top in the scroll area. */
  top: number;
  height: number;
  state: Month['state'];
  days: DayView[];
}

export interface Located {
  month: Month;
  index: number;
}

interface Anchor {
  position: number;
  month: Month;
  id: string | null;
  /** From the top of the asset's row, or a fraction of the month when there is none. */
  offset: number;
}

/** Photos kept in memory; months beyond that are forgotten, least recently seen first. */
const KEEP_ASSETS = 40_000;
const PARALLEL_REQUESTS = 4;
const RETRY_AFTER_MS = 5_000;
const REST_MS = 140;
/** Faster than this (pixels per millisecond) nobody sees pictures: nothing is requested. */
const TOO_FAST = 9;

export class Timeline {
  months: Month[] = [];
  status = $state<'loading' | 'ready' | 'failed'>('loading');
  problem = $state('');
  count = $state(0);
  drawn = $state.raw<MonthView[]>([]);
  /** Changes whenever months or their heights do; the scrubber is drawn from it. */
  shape = $state(0);
  /** Strip position of the top edge. */
  position = $state(0);
  /** True while it moves too fast for pictures to be worth loading. */
  racing = $state(false);

  readonly strip: Strip = { total: 0, origin: 0, viewport: 0 };
  geometry: Geometry = geometryFor(1);
  private scroller: HTMLElement | null = null;
  private area: HTMLElement | null = null;
  private lastScroll = { at: 0, position: 0 };
  private restTimer: ReturnType<typeof setTimeout> | undefined;
  private clock = 0;
  private signature = '';
  private listing: AbortController | null = null;
  private pinned: Month | null = null;

  constructor(readonly view: View) {}

  // ── Opening ────────────────────────────────────────────────────────────────────────────────

  async open(): Promise<void> {
    try {
      await this.list();
      this.status = 'ready';
    } catch (error) {
      if (isAbort(error)) return;
      this.problem = explain(error);
      this.status = this.months.length ? 'ready' : 'failed';
    }
  }

  close(): void {
    this.listing?.abort();
    clearTimeout(this.restTimer);
    for (const month of this.months) month.request?.abort();
  }

  /** Ties the grid to the element that scrolls and the long one inside it. */
  attach(scroller: HTMLElement, area: HTMLElement): void {
    this.scroller = scroller;
    this.area = area;
  }

  resize(width: number, viewport: number): void {
    if (width <= 0 || viewport <= 0) return;
    this.strip.viewport = viewport;
    const geometry = geometryFor(width);
    if (width === this.geometry.width) return this.draw();
    this.keepingStill(() => {
      this.geometry = geometry;
      for (const month of this.months) month.arrange(geometry);
    });
  }

  /** Fetches the counts again; months whose count has changed are loaded anew. */
  async list(options: { everythingStale?: boolean } = {}): Promise<void> {
    this.listing?.abort();
    const request = new AbortController();
    this.listing = request;
    const buckets = await body(
      api.GET('/timeline/buckets', {
        params: { query: this.view.query },
        signal: request.signal
      })
    );
    const known = new Map(this.months.map((month) => [month.key, month]));
    this.keepingStill(() => {
      this.months = buckets.map(({ timeBucket, count }) => {
        const key = timeBucket.slice(0, 10);
        const month = known.get(key) ?? new Month(key, count);
        known.delete(key);
        if (month.count !== count || (options.everythingStale && month.columns)) month.stale = true;
        if (!month.columns) month.count = count;
        if (!month.layout) month.arrange(this.geometry);
        return month;
      });
    });
    for (const gone of known.values()) gone.request?.abort();
  }

  // ── Scrolling ──────────────────────────────────────────────────────────────────────────────

  onScroll(): void {
    if (!this.scroller) return;
    const position = this.strip.origin + this.scroller.scrollTop;
    const now = performance.now();
    const elapsed = Math.max(1, now - this.lastScroll.at);
    const speed = Math.abs(position - this.lastScroll.position) / Math.min(elapsed, 200);
    this.lastScroll = { at: now, position };
    this.racing = speed > TOO_FAST;
    this.position = position;
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => this.onRest(), REST_MS);
    if (isAtFalseEnd(this.strip, position)) this.moveTo(position);
    else this.draw();
  }

  /** Moves the window so that `position` is at the top edge. */
  moveTo(position: number): void {
    const target = Math.max(0, Math.min(position, maxPosition(this.strip)));
    this.strip.origin = originFor(this.strip, target);
    this.position = target;
    this.lastScroll = { at: performance.now(), position: target };
    // Sets the height of the area too, which it must have before it can be scrolled there.
    this.draw();
    if (this.scroller) this.scroller.scrollTop = target - this.strip.origin;
  }

  /** A jump by the scrubber: pictures are loaded once it rests. */
  scrub(position: number): void {
    this.racing = true;
    this.moveTo(position);
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => this.onRest(), REST_MS);
  }

  scrollMax(): number {
    return maxPosition(this.strip);
  }

  private onRest(): void {
    this.racing = false;
    if (isOffCentre(this.strip, this.position)) this.moveTo(this.position);
    else this.draw();
  }

  // ── Drawing ────────────────────────────────────────────────────────────────────────────────

  /** Works out the rows near the viewport, and asks for months that are missing there. */
  draw(): void {
    const { origin, viewport } = this.strip;
    // Not through a rune: the scroll position that may follow needs it at once.
    if (this.area) this.area.style.height = `${areaHeight(this.strip)}px`;
    const from = this.position - viewport * 0.6;
    const to = this.position + viewport * 1.6;
    const drawn: MonthView[] = [];
    let signature = `${origin}`;
    for (let i = firstBelow(this.months, from); i < this.months.length; i++) {
      const month = this.months[i];
      if (month.top >= to) break;
      const days = month.layout ? this.daysBetween(month, from - month.top, to - month.top) : [];
      const first = days[0]?.tiles[0]?.index;
      const last = days[days.length - 1]?.tiles.at(-1)?.index;
      signature += `|${month.key},${month.top},${month.version},${month.state},${first},${last}`;
      drawn.push({
        month,
        key: month.key,
        top: month.top - origin,
        height: month.height,
        state: month.state,
        days
      });
    }
    if (signature !== this.signature) {
      this.signature = signature;
      this.drawn = drawn;
    }
    if (!this.racing) this.fetchNear();
  }

  private daysBetween(month: Month, from: number, to: number): DayView[] {
    const layout = month.layout;
    if (!layout) return [];
    const views: DayView[] = [];
    for (let i = firstBelow(layout.days, from); i < layout.days.length; i++) {
      const day = layout.days[i];
      if (day.top >= to) break;
      const tiles: Tile[] = [];
      for (let r = firstBelow(day.rows, from); r < day.rows.length; r++) {
        const row = day.rows[r];
        if (row.top >= to) break;
        for (let at = row.start; at < row.end; at++)
          tiles.push(month.tile(at, row.top, row.height));
      }
      views.push({ day, tiles });
    }
    return views;
  }

  // ── Loading ────────────────────────────────────────────────────────────────────────────────

  private fetchNear(): void {
    const { viewport } = this.strip;
    const from = this.position - viewport;
    const to = this.position + viewport * 2.5;
    this.clock += 1;
    const wanted: Month[] = [];
    for (let i = firstBelow(this.months, from); i < this.months.length; i++) {
      if (this.months[i].top >= to) break;
      wanted.push(this.months[i]);
    }
    for (const month of wanted) month.lastWanted = this.clock;
    let running = 0;
    for (const month of this.months) {
      if (!month.request) continue;
      // Scrolled past: the answer would be thrown away.
      if (month.lastWanted !== this.clock && month !== this.pinned) month.request.abort();
      else running += 1;
    }
    const middle = this.position + viewport / 2;
    const distance = (month: Month) =>
      Math.max(0, month.top - middle, middle - month.top - month.height);
    const missing = wanted.filter((month) => this.isMissing(month));
    missing.sort((a, b) => distance(a) - distance(b));
    for (const month of missing.slice(0, Math.max(0, PARALLEL_REQUESTS - running))) {
      void this.load(month);
    }
  }

  private isMissing(month: Month): boolean {
    if (month.request) return false;
    if (month.state === 'failed') return performance.now() - month.failedAt > RETRY_AFTER_MS;
    return month.state === 'unloaded' || month.stale;
  }

  /** Loads the photos of a month; resolves when they are there or it has failed. */
  load(month: Month): Promise<void> {
    if (!month.request || !month.loading) {
      month.request = new AbortController();
      month.loading = this.fetchMonth(month, month.request);
    }
    return month.loading;
  }

  private async fetchMonth(month: Month, request: AbortController): Promise<void> {
    month.stale = false;
    if (!month.columns) month.state = 'loading';
    try {
      const bucket = await body(
        api.GET('/timeline/bucket', {
          params: { query: { ...this.view.query, timeBucket: month.key } },
          signal: request.signal
        })
      );
      if (request.signal.aborted) return;
      month.request = null;
      month.state = 'loaded';
      this.keepingStill(() => {
        month.setColumns(columnsFrom(bucket), this.geometry);
        this.evict();
      });
    } catch (error) {
      month.request = null;
      if (isAbort(error)) {
        month.stale = month.columns !== null;
        month.state = month.columns ? 'loaded' : 'unloaded';
        return;
      }
      month.state = 'failed';
      month.failedAt = performance.now();
      this.draw();
    }
  }

  /** Asks again for everything that has failed. */
  retry(): void {
    for (const month of this.months) if (month.state === 'failed') month.state = 'unloaded';
    this.draw();
  }

  private evict(): void {
    let kept = 0;
    const loaded = this.months.filter((month) => month.columns && month !== this.pinned);
    loaded.sort((a, b) => b.lastWanted - a.lastWanted);
    for (const month of loaded) {
      kept += month.count;
      if (kept <= KEEP_ASSETS || month.lastWanted === this.clock) continue;
      month.setColumns(null, this.geometry);
      month.state = 'unloaded';
    }
  }

  // ── Keeping still ──────────────────────────────────────────────────────────────────────────

  /** Runs a change of months or heights without moving what is seen. */
  keepingStill(change: () => void): void {
    const anchor = this.position > 1 ? this.anchor() : null;
    change();
    let top = 0;
    let count = 0;
    for (const month of this.months) {
      month.top = top;
      top += month.height;
      count += month.count;
    }
    this.strip.total = top;
    this.count = count;
    this.shape += 1;
    if (!anchor) return this.moveTo(Math.min(this.position, 0));
    const target = this.resolve(anchor);
    if (target > maxPosition(this.strip) || target < 0) return this.moveTo(target);
    this.strip.origin += target - this.position;
    this.position = target;
    this.lastScroll = { at: performance.now(), position: target };
    this.draw();
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => this.onRest(), REST_MS);
  }

  private anchor(): Anchor | null {
    const position = this.position;
    const month = this.months[monthIndexAt(this.months, position)];
    if (!month) return null;
    const inside = position - month.top;
    const day = month.layout?.days[firstBelow(month.layout.days, inside)];
    const row = day?.rows[firstBelow(day.rows, inside)];
    if (row && month.columns) {
      return { position, month, id: month.columns.ids[row.start], offset: inside - row.top };
    }
    return { position, month, id: null, offset: month.height ? inside / month.height : 0 };
  }

  private resolve(anchor: Anchor): number {
    const { month, id, offset, position } = anchor;
    // The month is gone: stay at the same height.
    if (!this.months.includes(month)) return Math.min(position, maxPosition(this.strip));
    const place = id === null ? null : month.placeOf(month.indexOf(id));
    if (place) return month.top + place.top + offset;
    return month.top + (id === null ? offset * month.height : Math.min(position, month.height));
  }

  // ── Finding ────────────────────────────────────────────────────────────────────────────────

  locate(id: string): Located | null {
    for (const month of this.months) {
      const index = month.indexOf(id);
      if (index >= 0) return { month, index };
    }
    return null;
  }

  monthOf(key: string): Month | undefined {
    return this.months.find((month) => month.key === key);
  }

  /** Keeps the month of the open photo in memory, and its request alive. */
  pin(month: Month | null): void {
    this.pinned = month;
  }

  async ensureLoaded(month: Month): Promise<void> {
    if (!month.columns) await this.load(month);
  }

  /** The photo before (-1) or after (+1) in the order of the grid, across months. */
  async neighbour(id: string, step: 1 | -1): Promise<string | null> {
    const here = this.locate(id);
    if (!here) return null;
    const sibling = here.month.columns?.ids[here.index + step];
    if (sibling) return sibling;
    let at = this.months.indexOf(here.month) + step;
    for (; at >= 0 && at < this.months.length; at += step) {
      const month = this.months[at];
      if (month.count === 0) continue;
      this.pinned = month;
      await this.ensureLoaded(month);
      const ids = month.columns?.ids;
      if (ids?.length) return ids[step > 0 ? 0 : ids.length - 1];
      if (month.state === 'failed') return null;
    }
    return null;
  }

  /** All ids between two photos, loading the months between them. */
  async range(from: string, to: string): Promise<string[]> {
    const a = this.locate(from);
    const b = this.locate(to);
    if (!a || !b) return [to];
    const [ai, bi] = [this.months.indexOf(a.month), this.months.indexOf(b.month)];
    const forward = ai < bi || (ai === bi && a.index <= b.index);
    const [first, last] = forward ? [a, b] : [b, a];
    const ids: string[] = [];
    for (let i = Math.min(ai, bi); i <= Math.max(ai, bi); i++) {
      const month = this.months[i];
      const columns = month.columns ?? (await this.fetchColumns(month));
      const start = month === first.month ? first.index : 0;
      const end = month === last.month ? last.index + 1 : columns.ids.length;
      for (let at = start; at < end; at++) ids.push(columns.ids[at]);
    }
    return ids;
  }

  /** The ids of a month that need not be drawn. */
  private async fetchColumns(month: Month) {
    const query = { ...this.view.query, timeBucket: month.key };
    return columnsFrom(await body(api.GET('/timeline/bucket', { params: { query } })));
  }

  /** Scrolls just far enough for a photo to be seen; `centre` puts it in the middle. */
  reveal(id: string, options: { centre?: boolean } = {}): void {
    const here = this.locate(id);
    const place = here?.month.placeOf(here.index);
    if (!here || !place) return;
    const top = here.month.top + place.top - this.geometry.headingHeight;
    const bottom = here.month.top + place.top + place.height + this.geometry.lineGap;
    const { viewport } = this.strip;
    if (top >= this.position && bottom <= this.position + viewport) return;
    if (options.centre) this.moveTo((top + bottom - viewport) / 2);
    else this.moveTo(top < this.position ? top : bottom - viewport);
  }

  /** The photo reached from another by an arrow key. */
  async step(id: string, key: 'left' | 'right' | 'up' | 'down'): Promise<string | null> {
    if (key === 'left' || key === 'right') return this.neighbour(id, key === 'left' ? -1 : 1);
    const here = this.locate(id);
    const layout = here?.month.layout;
    const place = here?.month.placeOf(here.index);
    if (!here || !layout || !place) return null;
    const centre = layout.lefts[here.index] + layout.widths[here.index] / 2;
    const down = key === 'down';
    let at: string | null = id;
    // Walk until another row begins, then on to the photo of that row nearest sideways.
    let best: { id: string; distance: number; rowTop: number } | null = null;
    for (let guard = 0; guard < 200; guard++) {
      at = await this.neighbour(at, down ? 1 : -1);
      const next = at === null ? null : this.locate(at);
      const spot = next?.month.placeOf(next.index);
      if (at === null || !next?.month.layout || !spot) break;
      const rowTop = next.month.top + spot.top;
      if (rowTop === here.month.top + place.top) continue;
      if (best && rowTop !== best.rowTop) break;
      const { lefts, widths } = next.month.layout;
      const distance = Math.abs(lefts[next.index] + widths[next.index] / 2 - centre);
      if (best && distance > best.distance) break;
      best = { id: at, distance, rowTop };
    }
    return best?.id ?? null;
  }

  firstVisible(): string | null {
    const month = this.months[monthIndexAt(this.months, this.position)];
    const days = month?.layout?.days;
    if (!month?.columns || !days) return null;
    const day = days[Math.min(firstBelow(days, this.position - month.top), days.length - 1)];
    return day ? month.columns.ids[day.start] : null;
  }
}
