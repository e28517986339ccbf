import { error } from '@sveltejs/kit';
import { session } from '$lib/auth/session.svelte';

export async function load({ parent }) {
  await parent();
  if (!session.user?.isAdmin) error(403, 'Only the administrator can see the jobs.');
}
