/**
 * SHA-1 over a stream of chunks. The browser's own digest takes only whole buffers, and only on
 * pages served over TLS; a photo server at home often is not.
 */
export class Sha1 {
  private h0 = 0x67452301;
  private h1 = 0xefcdab89 | 0;
  private h2 = 0x98badcfe | 0;
  private h3 = 0x10325476;
  private h4 = 0xc3d2e1f0 | 0;
  private readonly block = new Uint8Array(64);
  private readonly words = new Int32Array(80);
  private filled = 0;
  private lengthBytes = 0;

  update(chunk: Uint8Array): void {
    this.lengthBytes += chunk.length;
    let at = 0;
    if (this.filled > 0) {
      at = Math.min(64 - this.filled, chunk.length);
      this.block.set(chunk.subarray(0, at), this.filled);
      this.filled += at;
      if (this.filled < 64) return;
      this.mix(this.block, 0);
      this.filled = 0;
    }
    for (; at + 64 <= chunk.length; at += 64) this.mix(chunk, at);
    this.block.set(chunk.subarray(at));
    this.filled = chunk.length - at;
  }

  /** Ends the stream and answers the digest in hex. */
  hex(): string {
    const tail = new Uint8Array(this.filled < 56 ? 64 : 128);
    tail.set(this.block.subarray(0, this.filled));
    tail[this.filled] = 0x80;
    const view = new DataView(tail.buffer);
    // The length counts bits, so a file over 512 MiB needs the upper word.
    view.setUint32(tail.length - 8, Math.floor(this.lengthBytes / 0x20000000));
    view.setUint32(tail.length - 4, (this.lengthBytes << 3) >>> 0);
    for (let at = 0; at < tail.length; at += 64) this.mix(tail, at);
    return [this.h0, this.h1, this.h2, this.h3, this.h4]
      .map((word) => (word >>> 0).toString(16).padStart(8, '0'))
      .join('');
  }

  private mix(bytes: Uint8Array, at: number): void {
    const w = this.words;
    for (let i = 0; i < 16; i++, at += 4) {
      w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    }
    for (let i = 16; i < 80; i++) {
      const x = w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16];
      w[i] = (x << 1) | (x >>> 31);
    }
    let a = this.h0;
    let b = this.h1;
    let c = this.h2;
    let d = this.h3;
    let e = this.h4;
    for (let i = 0; i < 80; i++) {
      let mixed: number;
      if (i < 20) mixed = ((b & c) | (~b & d)) + 0x5a827999;
      else if (i < 40) mixed = (b ^ c ^ d) + 0x6ed9eba1;
      else if (i < 60) mixed = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
      else mixed = (b ^ c ^ d) + 0xca62c1d6;
      const next = (((a << 5) | (a >>> 27)) + mixed + e + w[i]) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    this.h0 = (this.h0 + a) | 0;
    this.h1 = (this.h1 + b) | 0;
    this.h2 = (this.h2 + c) | 0;
    this.h3 = (this.h3 + d) | 0;
    this.h4 = (this.h4 + e) | 0;
  }
}
