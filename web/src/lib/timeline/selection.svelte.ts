/** The assets that are ticked in one grid. */
import { SvelteSet } from 'svelte/reactivity';

export class Selection {
  readonly ids = new SvelteSet<string>();
  /** Where a range that is held with Shift begins. */
  anchor: string | null = null;

  get active(): boolean {
    return this.ids.size > 0;
  }

  toggle(id: string): void {
    if (this.ids.has(id)) this.ids.delete(id);
    else this.ids.add(id);
    this.anchor = id;
  }

  add(ids: Iterable<string>): void {
    for (const id of ids) this.ids.add(id);
  }

  remove(ids: Iterable<string>): void {
    for (const id of ids) this.ids.delete(id);
  }

  /** Ticks all of them, or none when all are ticked. */
  toggleAll(ids: string[]): void {
    if (ids.every((id) => this.ids.has(id))) this.remove(ids);
    else this.add(ids);
    this.anchor = ids[0] ?? null;
  }

  clear(): void {
    this.ids.clear();
    this.anchor = null;
  }
}
