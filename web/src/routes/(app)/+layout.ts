import { redirect } from '@sveltejs/kit';
import { session } from '$lib/auth/session.svelte';

export async function load({ url }) {
  if (await session.load()) return;
  const config = await session.loadConfig();
  if (!config.isInitialized) redirect(307, '/auth/register');
  const wanted = url.pathname + url.search;
  const query = wanted === '/photos' ? '' : `?continue=${encodeURIComponent(wanted)}`;
  redirect(307, `/auth/login${query}`);
}
