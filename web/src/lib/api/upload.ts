/** Sends one file. `XMLHttpRequest`, because `fetch` tells nothing about upload progress. */
import { ApiError, errorMessage, type Schemas } from './client';

export interface UploadRequest {
  file: File;
  sidecar?: File;
  /** SHA-1 in hex: lets the server answer "duplicate" before it has read the file. */
  checksum?: string;
  signal: AbortSignal;
  onProgress: (sentBytes: number) => void;
}

export type UploadReply = Schemas['AssetMediaResponseDto'];

export function uploadAsset(request: UploadRequest): Promise<UploadReply> {
  const { file, sidecar, checksum, signal, onProgress } = request;
  const modified = new Date(file.lastModified || Date.now()).toISOString();
  const form = new FormData();
  // Before the file, since the server checks the name before it accepts the bytes.
  form.append('filename', file.name);
  form.append('fileCreatedAt', modified);
  form.append('fileModifiedAt', modified);
  if (sidecar) form.append('sidecarData', sidecar, sidecar.name);
  form.append('assetData', file, file.name);

  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const abort = () => xhr.abort();
    const settle = (finish: () => void) => {
      signal.removeEventListener('abort', abort);
      finish();
    };
    xhr.open('POST', '/api/assets');
    xhr.responseType = 'text';
    xhr.setRequestHeader('Accept', 'application/json');
    if (checksum) xhr.setRequestHeader('x-immich-checksum', checksum);
    xhr.upload.onprogress = (event) => onProgress(Math.min(event.loaded, file.size));
    xhr.onload = () =>
      settle(() => {
        const reply = parse(xhr.responseText);
        if (xhr.status === 200 || xhr.status === 201) resolve(reply as UploadReply);
        else reject(new ApiError(xhr.status, errorMessage(xhr.status, reply)));
      });
    xhr.onerror = () => settle(() => reject(new ApiError(0, errorMessage(0, undefined))));
    xhr.onabort = () => settle(() => reject(new DOMException('Upload cancelled', 'AbortError')));
    signal.addEventListener('abort', abort);
    if (signal.aborted) reject(new DOMException('Upload cancelled', 'AbortError'));
    else xhr.send(form);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's HTML error page, for example; the status then speaks for itself.
    return undefined;
  }
}
