/**
 * The typed client of the server. Everything the app asks goes through here or through its
 * two siblings (`upload.ts` for progress, `socket.ts` for pushed events); cookies carry the session.
 */
import createClient from 'openapi-fetch';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Asset = Schemas['AssetResponseDto'];
export type User = Schemas['UserAdminResponseDto'];

/** An answer other than 2xx, or none at all (`status` 0). `message` is fit to show. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

const unreachable = 'The server cannot be reached';

/** Takes the text of an error body, which is `{"message": …, "errors"?: […]}`. */
export function errorMessage(status: number, body: unknown): string {
  if (body && typeof body === 'object' && 'message' in body) {
    const { message } = body;
    const issues = 'errors' in body && Array.isArray(body.errors) ? body.errors : [];
    const first = issues[0] as { path?: unknown[]; message?: string } | undefined;
    if (first?.message) return [first.path?.join('.'), first.message].filter(Boolean).join(': ');
    if (Array.isArray(message)) return message.join('. ');
    if (typeof message === 'string' && message) return message;
  }
  if (status === 413) return 'The file is too large for the server';
  return status ? `The server answered ${status}` : unreachable;
}

export const api = createClient<paths>({ baseUrl: '/api' });

let onUnauthorized: (() => void) | undefined;

/** Called once for each answer that says that the session has ended. */
export function setUnauthorizedHandler(handler: () => void): void {
  onUnauthorized = handler;
}

api.use({
  onResponse({ response, schemaPath }) {
    if (response.status === 401 && !schemaPath.startsWith('/auth/')) onUnauthorized?.();
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === 'AbortError') return error;
    return new ApiError(0, unreachable);
  }
});

interface Reply<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a 2xx answer; anything else is thrown as an `ApiError`. */
export async function body<T>(call: Promise<Reply<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) {
    throw new ApiError(response.status, errorMessage(response.status, error));
  }
  return data as T;
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** The sentence to show for something that was thrown. */
export function explain(error: unknown): string {
  return error instanceof Error && error.message ? error.message : 'Something went wrong';
}
