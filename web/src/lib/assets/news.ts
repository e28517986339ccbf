/**
 * What happened to assets, whoever did it: the server's socket and the person's own actions are
 * told through one channel, so that every part of the page follows both alike.
 */
import type { Asset, Schemas } from '$lib/api/client';
import { openSocket, type ServerSocket } from '$lib/api/socket';

export type News =
  | { kind: 'asset'; asset: Asset }
  | { kind: 'favorite'; ids: string[]; value: boolean }
  | { kind: 'visibility'; ids: string[]; value: Schemas['AssetVisibility'] }
  | { kind: 'trashed' | 'restored' | 'deleted'; ids: string[] }
  | { kind: 'uploaded' }
  | { kind: 'reconnected' };

type Listener = (news: News) => void;

const listeners = new Set<Listener>();

/** Answers the function that ends the listening. */
export function hearNews(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function tell(news: News): void {
  for (const listener of listeners) listener(news);
}

/** Opens the socket for as long as somebody is logged in. */
export function followServer(onSessionEnd: () => void): () => void {
  const socket: ServerSocket = openSocket();
  let connectedBefore = false;
  socket.on('connect', () => {
    // What happened while the line was down was not told.
    if (connectedBefore) tell({ kind: 'reconnected' });
    connectedBefore = true;
  });
  socket.on('on_upload_success', (asset) => tell({ kind: 'asset', asset }));
  socket.on('on_asset_update', (asset) => tell({ kind: 'asset', asset }));
  socket.on('AssetUploadReadyV2', () => tell({ kind: 'uploaded' }));
  socket.on('on_asset_delete', (id) => tell({ kind: 'deleted', ids: [id] }));
  socket.on('on_asset_hidden', (id) => tell({ kind: 'deleted', ids: [id] }));
  socket.on('on_asset_trash', (ids) => tell({ kind: 'trashed', ids }));
  socket.on('on_asset_restore', (ids) => tell({ kind: 'restored', ids }));
  socket.on('on_session_delete', onSessionEnd);
  return () => {
    socket.disconnect();
  };
}
