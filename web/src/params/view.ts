import type { ParamMatcher } from '@sveltejs/kit';
import { isViewName, type ViewName } from '$lib/timeline/filters';

/** Lets one page serve every kind of grid: /photos, /favorites, /archive, /trash. */
export const match: ParamMatcher = (param): param is ViewName => isViewName(param);
