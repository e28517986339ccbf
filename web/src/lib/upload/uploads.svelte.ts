/** The queue of files on their way to the server. Lives as long as the page, whatever it shows. */
import { ApiError, api, body, explain, isAbort, type Schemas } from '$lib/api/client';
import { uploadAsset } from '$lib/api/upload';
import { tell } from '$lib/assets/news';
import { toasts } from '$lib/ui/toasts.svelte';
import { plural } from '$lib/ui/format';
import { sortOut, type Found, type MediaTypes } from './files';
import { Hasher } from './hasher';

export type UploadState = 'waiting' | 'checking' | 'sending' | 'done' | 'duplicate' | 'failed';

const PARALLEL = 3;
/** Larger files are sent without being read twice. */
const MAX_HASH_BYTES = 1024 ** 3;
const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 1000;

export class Upload {
  state = $state<UploadState>('waiting');
  sentBytes = $state(0);
  message = $state('');
  assetId = $state<string | null>(null);
  stop = new AbortController();

  constructor(
    readonly key: number,
    readonly found: Found
  ) {}

  get name(): string {
    return this.found.path;
  }

  get sizeBytes(): number {
    return this.found.file.size;
  }
}

class Uploads {
  list = $state.raw<Upload[]>([]);
  open = $state(false);
  /** Counts by state, kept as they change: counting ten thousand files per event would be slow. */
  counts = $state<Record<UploadState, number>>(noCounts());
  private readonly hasher = new Hasher();
  private types: MediaTypes | null = null;
  private running = 0;
  private nextWaiting = 0;
  private nextKey = 1;

  readonly pending = $derived(this.counts.waiting + this.counts.checking + this.counts.sending);

  async add(found: Found[]): Promise<void> {
    if (!found.length) return;
    try {
      this.types ??= await body(api.GET('/server/media-types'));
    } catch (error) {
      toasts.error(explain(error));
      return;
    }
    const { accepted, refused } = sortOut(found, this.types);
    if (refused.length) {
      const name = refused[0].slice(refused[0].lastIndexOf('/') + 1);
      toasts.error(
        refused.length === 1
          ? `${name} is neither a photo nor a video`
          : `${plural(refused.length, 'file')} left out: neither photos nor videos`
      );
    }
    if (!accepted.length) return;
    const fresh = accepted.map((each) => new Upload(this.nextKey++, each));
    this.counts.waiting += fresh.length;
    this.list = [...this.list, ...fresh];
    this.open = true;
    this.pump();
  }

  retry(upload: Upload): void {
    this.change(upload, 'waiting');
    upload.stop = new AbortController();
    upload.sentBytes = 0;
    upload.message = '';
    this.nextWaiting = 0;
    this.pump();
  }

  retryFailed(): void {
    for (const upload of this.list) if (upload.state === 'failed') this.retry(upload);
  }

  cancelAll(): void {
    for (const upload of this.list) {
      if (upload.state === 'waiting') this.fail(upload, 'Cancelled');
      else upload.stop.abort();
    }
  }

  /** Forgets what has ended well, and closes the panel when nothing is left. */
  clear(): void {
    this.list = this.list.filter(({ state }) => state === 'waiting' || isBusy(state));
    this.counts = { ...this.counts, done: 0, duplicate: 0, failed: 0 };
    this.nextWaiting = 0;
    if (!this.list.length) this.open = false;
  }

  private pump(): void {
    while (this.running < PARALLEL) {
      while (this.list[this.nextWaiting] && this.list[this.nextWaiting].state !== 'waiting') {
        this.nextWaiting += 1;
      }
      const upload = this.list[this.nextWaiting];
      if (!upload) return;
      this.running += 1;
      this.change(upload, 'checking');
      void this.run(upload).finally(() => {
        this.running -= 1;
        this.pump();
      });
    }
  }

  private async run(upload: Upload): Promise<void> {
    try {
      const checksum = await this.checksum(upload);
      if (checksum && (await this.isKnown(upload, checksum))) return;
      const reply = await this.send(upload, checksum);
      upload.assetId = reply.id;
      upload.sentBytes = upload.sizeBytes;
      this.change(upload, reply.status === 'duplicate' ? 'duplicate' : 'done');
      if (reply.status !== 'duplicate') tell({ kind: 'uploaded' });
    } catch (error) {
      this.fail(upload, isAbort(error) ? 'Cancelled' : explain(error));
    }
  }

  private async checksum(upload: Upload): Promise<string | undefined> {
    const { file } = upload.found;
    if (file.size === 0 || file.size > MAX_HASH_BYTES) return undefined;
    try {
      return await this.hasher.hash(file);
    } catch {
      // Without a checksum the server finds duplicates by itself, after the bytes.
      return undefined;
    }
  }

  /** Asks by checksum alone, so that a file that is there already is not sent. */
  private async isKnown(upload: Upload, checksum: string): Promise<boolean> {
    let answer: Schemas['AssetBulkUploadCheckResponseDto'];
    try {
      answer = await body(
        api.POST('/assets/bulk-upload-check', {
          body: { assets: [{ id: String(upload.key), checksum }] },
          signal: upload.stop.signal
        })
      );
    } catch (error) {
      if (isAbort(error)) throw error;
      // The upload itself will say what is wrong, if it still is.
      return false;
    }
    const [result] = answer.results;
    if (result?.action !== 'reject' || result.reason !== 'duplicate') return false;
    upload.assetId = result.assetId ?? null;
    upload.message = result.isTrashed ? 'Already here, in the trash' : '';
    this.change(upload, 'duplicate');
    return true;
  }

  private async send(upload: Upload, checksum: string | undefined) {
    this.change(upload, 'sending');
    for (let attempt = 1; ; attempt++) {
      try {
        return await uploadAsset({
          file: upload.found.file,
          sidecar: upload.found.sidecar,
          checksum,
          signal: upload.stop.signal,
          onProgress: (sent) => (upload.sentBytes = sent)
        });
      } catch (error) {
        const passing = error instanceof ApiError && (error.status === 0 || error.status >= 502);
        if (!passing || attempt >= ATTEMPTS) throw error;
        upload.sentBytes = 0;
        await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** (attempt - 1)));
      }
    }
  }

  private fail(upload: Upload, message: string): void {
    upload.message = message;
    this.change(upload, 'failed');
  }

  private change(upload: Upload, state: UploadState): void {
    this.counts[upload.state] -= 1;
    this.counts[state] += 1;
    upload.state = state;
  }
}

function noCounts(): Record<UploadState, number> {
  return { waiting: 0, checking: 0, sending: 0, done: 0, duplicate: 0, failed: 0 };
}

export function isBusy(state: UploadState): boolean {
  return state === 'checking' || state === 'sending';
}

export const uploads = new Uploads();
