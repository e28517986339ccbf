// The small build of hls.js has no types of its own; it is the large one without what films need: captions, keys.
declare module 'hls.js/light' {
  export { default } from 'hls.js';
}
