/**
 * Brings what the server tells into the grid, in batches: an import of thousands arranges each
 * month once per batch, not once per photo.
 */
import type { Asset } from '$lib/api/client';
import type { News } from '$lib/assets/news';
import { monthKey, remove, setFavorites, upsert } from './columns';
import { Month } from './month';
import type { Timeline } from './timeline.svelte';

const BATCH_MS = 120;
const RELIST_MS = 600;

export class Changes {
  private changed = new Map<string, Asset>();
  private removed = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private relistTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly timeline: Timeline,
    private readonly ownerId: () => string | undefined
  ) {}

  stop(): void {
    clearTimeout(this.timer);
    clearTimeout(this.relistTimer);
  }

  /** A new or altered asset: shown, moved, or taken away, as the grid's rule says. */
  put(asset: Asset): void {
    this.removed.delete(asset.id);
    this.changed.set(asset.id, asset);
    this.schedule();
  }

  take(ids: Iterable<string>): void {
    for (const id of ids) {
      this.changed.delete(id);
      this.removed.add(id);
    }
    this.schedule();
  }

  favorite(ids: string[], value: boolean): void {
    if (this.timeline.view.name === 'favorites') {
      if (value) this.relist();
      else this.take(ids);
      return;
    }
    const set = new Set(ids);
    this.timeline.keepingStill(() => {
      for (const month of this.timeline.months) {
        const columns = month.columns && setFavorites(month.columns, set, value);
        if (columns && columns !== month.columns) month.setColumns(columns, this.timeline.geometry);
      }
    });
  }

  /** Follows a message of the server or an action of the person. */
  hear(news: News): void {
    const view = this.timeline.view.name;
    switch (news.kind) {
      case 'asset':
        return this.put(news.asset);
      case 'favorite':
        return this.favorite(news.ids, news.value);
      case 'visibility':
        this.take(news.ids);
        return this.relist();
      case 'trashed':
        return view === 'trash' ? this.relist() : this.take(news.ids);
      case 'restored':
        return view === 'trash' ? this.take(news.ids) : this.relist();
      case 'deleted':
        return this.take(news.ids);
      case 'uploaded':
        return this.relist();
      case 'reconnected':
        return this.relist({ everythingStale: true });
    }
  }

  /** Something changed that the message does not describe: ask for the counts again. */
  relist(options: { everythingStale?: boolean } = {}): void {
    clearTimeout(this.relistTimer);
    this.relistTimer = setTimeout(() => {
      // A failure shows itself at the next scroll; the old picture is still the best one.
      this.timeline.list(options).catch(() => this.timeline.draw());
    }, RELIST_MS);
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.apply();
    }, BATCH_MS);
  }

  /** Applies what has gathered. Public for tests and for actions of the person. */
  apply(): void {
    const arrivals = new Map<string, Asset[]>();
    const departures = new Set(this.removed);
    let unknown = false;
    for (const asset of this.changed.values()) {
      const known = this.timeline.locate(asset.id);
      const belongs = asset.ownerId === this.ownerId() && this.timeline.view.accepts(asset);
      const key = monthKey(asset);
      if (known && (!belongs || known.month.key !== key)) departures.add(asset.id);
      if (!belongs) continue;
      arrivals.set(key, [...(arrivals.get(key) ?? []), asset]);
    }
    this.changed.clear();
    this.removed.clear();
    this.timeline.keepingStill(() => {
      if (departures.size) unknown = this.removeFrom(departures);
      for (const [key, assets] of arrivals) {
        if (!this.addTo(key, assets)) unknown = true;
      }
      this.timeline.months = this.timeline.months.filter((month) => month.count > 0);
    });
    if (unknown) this.relist();
  }

  /** Answers whether some were in months that are not loaded. */
  private removeFrom(ids: Set<string>): boolean {
    let found = 0;
    for (const month of this.timeline.months) {
      if (!month.columns) continue;
      const columns = remove(month.columns, ids);
      if (columns === month.columns) continue;
      found += month.columns.ids.length - columns.ids.length;
      month.setColumns(columns, this.timeline.geometry);
    }
    return found < ids.size;
  }

  /** Answers false when the count of the month is now uncertain. */
  private addTo(key: string, assets: Asset[]): boolean {
    const { timeline } = this;
    let month = timeline.monthOf(key);
    if (!month) {
      month = new Month(key, 0);
      const at = timeline.months.findIndex((other) => other.key < key);
      timeline.months.splice(at < 0 ? timeline.months.length : at, 0, month);
      month.state = 'loaded';
      month.setColumns(emptyColumns(), timeline.geometry);
    }
    if (!month.columns) return false;
    // A request that left before this change would bring the month back without it.
    if (month.request) month.stale = true;
    month.setColumns(assets.reduce(upsert, month.columns), timeline.geometry);
    return true;
  }
}

function emptyColumns() {
  return {
    ids: [],
    ratios: [],
    instants: [],
    locals: [],
    thumbhashes: [],
    favorites: [],
    images: [],
    durations: [],
    liveVideos: []
  };
}
