import type { ViewName } from '$lib/timeline/filters';

export function load({ params }) {
  return { view: params.view as ViewName, assetId: params.assetId ?? null };
}
