/** Hashes files off the page's thread, chunk by chunk. */
import { Sha1 } from './sha1';

export interface HashOrder {
  ticket: number;
  file: File;
}

export interface HashReply {
  ticket: number;
  hex?: string;
  problem?: string;
}

const CHUNK_BYTES = 4 * 1024 * 1024;

async function hash(file: File): Promise<string> {
  const sha1 = new Sha1();
  for (let at = 0; at < file.size; at += CHUNK_BYTES) {
    sha1.update(new Uint8Array(await file.slice(at, at + CHUNK_BYTES).arrayBuffer()));
  }
  return sha1.hex();
}

self.onmessage = async ({ data }: MessageEvent<HashOrder>) => {
  const reply: HashReply = { ticket: data.ticket };
  try {
    reply.hex = await hash(data.file);
  } catch (error) {
    reply.problem = error instanceof Error ? error.message : 'the file cannot be read';
  }
  self.postMessage(reply);
};
