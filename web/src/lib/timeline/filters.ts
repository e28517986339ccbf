/** The kinds of grid, and which assets belong in each. */
import type { Asset, Schemas } from '$lib/api/client';
import type { IconName } from '$lib/ui/icons';

export type ViewName = 'photos' | 'favorites' | 'archive' | 'trash';

export interface BucketQuery {
  isFavorite?: boolean;
  isTrashed?: boolean;
  visibility?: Schemas['AssetVisibility'];
}

/** The parts of an asset that decide where it shows. */
export type Placing = Pick<Asset, 'isFavorite' | 'isTrashed' | 'visibility'>;

export interface View {
  name: ViewName;
  title: string;
  icon: IconName;
  query: BucketQuery;
  accepts: (asset: Placing) => boolean;
  empty: { title: string; text: string };
}

export const views: Record<ViewName, View> = {
  photos: {
    name: 'photos',
    title: 'Photos',
    icon: 'photos',
    query: { visibility: 'timeline' },
    accepts: (asset) => !asset.isTrashed && asset.visibility === 'timeline',
    empty: {
      title: 'Your first plate is still blank',
      text: 'Drop photos, videos or whole folders anywhere on this page. They stay on your own server.'
    }
  },
  favorites: {
    name: 'favorites',
    title: 'Favourites',
    icon: 'heart',
    query: { isFavorite: true },
    accepts: (asset) =>
      asset.isFavorite &&
      !asset.isTrashed &&
      (asset.visibility === 'timeline' || asset.visibility === 'archive'),
    empty: {
      title: 'No favourites yet',
      text: 'Press the heart, or the F key, while you look at a photo to keep it here.'
    }
  },
  archive: {
    name: 'archive',
    title: 'Archive',
    icon: 'archive',
    query: { visibility: 'archive' },
    accepts: (asset) => !asset.isTrashed && asset.visibility === 'archive',
    empty: {
      title: 'Nothing archived',
      text: 'Archived photos leave the timeline but stay in your library.'
    }
  },
  trash: {
    name: 'trash',
    title: 'Trash',
    icon: 'trash',
    query: { isTrashed: true },
    accepts: (asset) => asset.isTrashed,
    empty: { title: 'The trash is empty', text: 'What you delete waits here before it is gone.' }
  }
};

export function isViewName(name: string): name is ViewName {
  return Object.hasOwn(views, name);
}
