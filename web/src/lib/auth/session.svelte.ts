/** Who is logged in, and what the server is like. The session itself lives in cookies. */
import { ApiError, api, body, type Schemas, type User } from '$lib/api/client';

class Session {
  user = $state.raw<User | null>(null);
  config = $state.raw<Schemas['ServerConfigDto'] | null>(null);
  storage = $state.raw<Schemas['ServerStorageResponseDto'] | null>(null);
  features = $state.raw<Schemas['ServerFeaturesDto'] | null>(null);

  /** Answers the user, or null when nobody is logged in. */
  async load(): Promise<User | null> {
    if (this.user) return this.user;
    try {
      this.user = await body(api.GET('/users/me'));
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
    }
    return this.user;
  }

  async loadConfig(): Promise<Schemas['ServerConfigDto']> {
    this.config ??= await body(api.GET('/server/config'));
    return this.config;
  }

  async loadFeatures(): Promise<Schemas['ServerFeaturesDto']> {
    this.features ??= await body(api.GET('/server/features'));
    return this.features;
  }

  async loadStorage(): Promise<void> {
    this.storage = await body(api.GET('/server/storage'));
  }

  async login(email: string, password: string): Promise<void> {
    await body(api.POST('/auth/login', { body: { email, password } }));
    this.user = await body(api.GET('/users/me'));
  }

  async signUp(details: Schemas['SignUpDto']): Promise<void> {
    await body(api.POST('/auth/admin-sign-up', { body: details }));
    this.config = null;
    await this.login(details.email, details.password);
  }

  async logout(): Promise<string> {
    const { redirectUri } = await body(api.POST('/auth/logout'));
    this.forget();
    return redirectUri;
  }

  /** The server no longer knows us. */
  forget(): void {
    this.user = null;
    this.storage = null;
  }
}

export const session = new Session();
