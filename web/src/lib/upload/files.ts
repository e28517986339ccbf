/** Gathers files from a drop or a picker, folders included, and tells media from the rest. */
import type { Schemas } from '$lib/api/client';

export interface Found {
  file: File;
  /** Path inside the dropped folder; the bare name for single files. */
  path: string;
  sidecar?: File;
}

export interface Sorted {
  accepted: Found[];
  /** Paths of files that are neither photo nor video. */
  refused: string[];
}

/** Must be called in the drop handler itself: the browser clears the list when it returns. */
export function entriesOf(transfer: DataTransfer): (FileSystemEntry | File)[] {
  return [...transfer.items]
    .filter((item) => item.kind === 'file')
    .map((item) => item.webkitGetAsEntry() ?? item.getAsFile())
    .filter((entry) => entry !== null);
}

export async function walk(entries: (FileSystemEntry | File)[]): Promise<Found[]> {
  const found: Found[] = [];
  for (const entry of entries) {
    if (entry instanceof File) found.push({ file: entry, path: entry.name });
    else await walkEntry(entry, found);
  }
  return found;
}

async function walkEntry(entry: FileSystemEntry, found: Found[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject)
    );
    found.push({ file, path: entry.fullPath.replace(/^\//, '') });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // One call answers at most a hundred entries.
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject)
    );
    if (!batch.length) return;
    for (const child of batch) await walkEntry(child, found);
  }
}

export function fromPicker(files: FileList): Found[] {
  return [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

export type MediaTypes = Schemas['ServerMediaTypesResponseDto'];

/** Keeps photos and videos, ties sidecars to them, and leaves hidden files out silently. */
export function sortOut(found: Found[], types: MediaTypes): Sorted {
  const media = new Set([...types.image, ...types.video]);
  const sidecarTypes = new Set(types.sidecar);
  const sidecars = new Map<string, File>();
  const accepted: Found[] = [];
  const refused: string[] = [];
  for (const each of found) {
    const name = each.path.slice(each.path.lastIndexOf('/') + 1);
    if (name.startsWith('.')) continue;
    if (media.has(extension(name))) accepted.push({ ...each });
    else if (sidecarTypes.has(extension(name))) sidecars.set(each.path.toLowerCase(), each.file);
    else refused.push(each.path);
  }
  for (const each of accepted) {
    for (const type of sidecarTypes) {
      const path = each.path.toLowerCase();
      // `photo.jpg.xmp` is more exact than `photo.xmp`.
      each.sidecar ??= sidecars.get(path + type) ?? sidecars.get(withoutExtension(path) + type);
    }
  }
  return { accepted, refused };
}

function extension(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot).toLowerCase();
}

function withoutExtension(path: string): string {
  return path.slice(0, path.length - extension(path).length);
}
