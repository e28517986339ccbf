/** Where to go after the login: only ever an address of this app. */
export function localTarget(wanted: string | null): string {
  if (!wanted || !/^\/[^/\\]/.test(wanted) || wanted.startsWith('/auth/')) return '/photos';
  return wanted;
}
