import adapter from '@sveltejs/adapter-static';

/** @type {import('@sveltejs/kit').Config} */
export default {
  compilerOptions: { runes: true },
  kit: {
    // One page for every address: the API server answers unknown paths with index.html.
    adapter: adapter({ fallback: 'index.html', precompress: true }),
    // Hashes for the start-up script that the framework puts into index.html, so that the
    // page runs under a policy without 'unsafe-inline'.
    csp: {
      mode: 'hash',
      directives: { 'script-src': ['self'], 'object-src': ['none'], 'base-uri': ['self'] }
    },
    version: { pollInterval: 0 }
  }
};
