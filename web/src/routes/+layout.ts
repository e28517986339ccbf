// A single page: the server answers every address with it, and it asks the API for the rest.
export const ssr = false;
export const prerender = false;
