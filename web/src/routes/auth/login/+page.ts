import { redirect } from '@sveltejs/kit';
import { session } from '$lib/auth/session.svelte';

export async function load() {
  const config = await session.loadConfig();
  if (!config.isInitialized) redirect(307, '/auth/register');
  return { message: config.loginPageMessage };
}
