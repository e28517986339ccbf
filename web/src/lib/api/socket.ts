/** What the server tells by itself, over socket.io (websocket only). */
import { io, type Socket } from 'socket.io-client';
import type { Asset } from './client';

export interface ServerEvents {
  connect: () => void;
  disconnect: () => void;
  on_upload_success: (asset: Asset) => void;
  on_asset_update: (asset: Asset) => void;
  on_asset_delete: (id: string) => void;
  on_asset_trash: (ids: string[]) => void;
  on_asset_restore: (ids: string[]) => void;
  on_asset_hidden: (id: string) => void;
  AssetUploadReadyV2: (event: { asset: { id: string } }) => void;
  on_config_update: () => void;
  on_session_delete: (sessionId: string) => void;
  on_user_delete: (userId: string) => void;
}

export type ServerSocket = Socket<ServerEvents, Record<string, never>>;

export function openSocket(): ServerSocket {
  return io({ path: '/api/socket.io', transports: ['websocket'], reconnectionDelayMax: 10_000 });
}
