/** What can be done to assets. Each asks the server, tells the page, and says so in a toast. */
import { api, body, explain, type Schemas } from '$lib/api/client';
import { originalUrl } from '$lib/api/urls';
import { plural } from '$lib/ui/format';
import { toasts } from '$lib/ui/toasts.svelte';
import { tell } from './news';

/** Runs an action; answers whether it worked, having shown why not. */
async function attempt(action: () => Promise<void>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    toasts.error(explain(error));
    return false;
  }
}

export function trashAssets(ids: string[]): Promise<boolean> {
  return attempt(async () => {
    await body(api.DELETE('/assets', { body: { ids, force: false } }));
    tell({ kind: 'trashed', ids });
    toasts.info(`${plural(ids.length, 'item')} moved to the trash`, {
      action: { label: 'Undo', run: () => void restoreAssets(ids) },
      lastsMs: 8000
    });
  });
}

export function restoreAssets(ids: string[]): Promise<boolean> {
  return attempt(async () => {
    await body(api.POST('/trash/restore/assets', { body: { ids } }));
    tell({ kind: 'restored', ids });
    toasts.info(`${plural(ids.length, 'item')} restored`);
  });
}

export function deleteForever(ids: string[]): Promise<boolean> {
  return attempt(async () => {
    await body(api.DELETE('/assets', { body: { ids, force: true } }));
    tell({ kind: 'deleted', ids });
    toasts.info(`${plural(ids.length, 'item')} deleted for good`);
  });
}

export function restoreTrash(): Promise<boolean> {
  return attempt(async () => {
    const { count } = await body(api.POST('/trash/restore'));
    tell({ kind: 'reconnected' });
    toasts.info(`${plural(count, 'item')} restored`);
  });
}

export function emptyTrash(): Promise<boolean> {
  return attempt(async () => {
    const { count } = await body(api.POST('/trash/empty'));
    tell({ kind: 'reconnected' });
    toasts.info(`${plural(count, 'item')} deleted for good`);
  });
}

export function setFavorite(ids: string[], value: boolean): Promise<boolean> {
  return attempt(async () => {
    await body(api.PUT('/assets', { body: { ids, isFavorite: value } }));
    tell({ kind: 'favorite', ids, value });
  });
}

export function setVisibility(
  ids: string[],
  value: Extract<Schemas['AssetVisibility'], 'archive' | 'timeline'>
): Promise<boolean> {
  return attempt(async () => {
    await body(api.PUT('/assets', { body: { ids, visibility: value } }));
    tell({ kind: 'visibility', ids, value });
    const back = value === 'archive' ? 'timeline' : 'archive';
    toasts.info(
      value === 'archive'
        ? `${plural(ids.length, 'item')} archived`
        : `${plural(ids.length, 'item')} back in the timeline`,
      { action: { label: 'Undo', run: () => void setVisibility(ids, back) } }
    );
  });
}

/** Saves originals through the browser's own downloads, one after another. */
export async function downloadOriginals(ids: string[]): Promise<void> {
  for (const [i, id] of ids.entries()) {
    // Browsers drop downloads that start in the same instant.
    if (i > 0) await new Promise((resolve) => setTimeout(resolve, 350));
    const link = document.createElement('a');
    link.href = originalUrl(id);
    link.download = '';
    link.click();
  }
}
