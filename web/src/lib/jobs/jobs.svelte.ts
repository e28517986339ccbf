/** The queues as they are now: asked every two seconds, and at once when the socket says something. */
import { api, body, explain, type Schemas } from '$lib/api/client';
import { hearNews } from '$lib/assets/news';
import { toasts } from '$lib/ui/toasts.svelte';
import { queueInfo, sortQueues, type QueueName } from './queues';

type Queue = Schemas['QueueResponseDto'];
type Config = Schemas['AdminConfigDto'];
export type FailedJob = Schemas['QueueJobResponseDto'];

const POLL_MS = 2000;
const NEWS_MS = 300;

export class Jobs {
  queues = $state.raw<Queue[]>([]);
  config = $state.raw<Config | null>(null);
  problem = $state('');
  loaded = $state(false);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;

  /** Begins to follow; answers the function that ends it. */
  follow(): () => void {
    const soon = () => this.schedule(NEWS_MS);
    const stopNews = hearNews(soon);
    // A page in the background need not ask.
    const seen = () => !document.hidden && this.schedule(0);
    document.addEventListener('visibilitychange', seen);
    void this.refresh();
    void this.loadConfig();
    return () => {
      this.stopped = true;
      clearTimeout(this.timer);
      stopNews();
      document.removeEventListener('visibilitychange', seen);
    };
  }

  async refresh(): Promise<void> {
    try {
      this.queues = sortQueues(await body(api.GET('/queues')));
      this.problem = '';
    } catch (error) {
      this.problem = explain(error);
    }
    this.loaded = true;
    this.schedule(POLL_MS);
  }

  private schedule(delayMs: number): void {
    clearTimeout(this.timer);
    if (this.stopped || document.hidden) return;
    this.timer = setTimeout(() => void this.refresh(), delayMs);
  }

  async command(
    name: QueueName,
    command: Schemas['QueueCommand'],
    options: { force?: boolean; done: string }
  ): Promise<void> {
    try {
      await body(
        api.PUT('/jobs/{name}', {
          params: { path: { name } },
          body: { command, force: options.force }
        })
      );
      toasts.info(`${queueInfo[name].title}: ${options.done}`);
    } catch (error) {
      toasts.error(explain(error));
    }
    await this.refresh();
  }

  failed(name: QueueName): Promise<FailedJob[]> {
    return body(
      api.GET('/queues/{name}/jobs', {
        params: { path: { name }, query: { status: ['failed'] } }
      })
    );
  }

  private async loadConfig(): Promise<void> {
    try {
      this.config = await body(api.GET('/system-config'));
    } catch (error) {
      toasts.error(explain(error));
    }
  }

  /** Null when the queue always runs one job at a time. */
  concurrency(name: QueueName): number | null {
    const settings: Partial<Record<string, { concurrency: number }>> = this.config?.job ?? {};
    return settings[name]?.concurrency ?? null;
  }

  async setConcurrency(name: QueueName, concurrency: number): Promise<void> {
    try {
      // Asked anew, so that what somebody else has changed meanwhile is kept.
      const config = await body(api.GET('/system-config'));
      const job = { ...config.job, [name]: { concurrency } };
      this.config = await body(api.PUT('/system-config', { body: { ...config, job } }));
      toasts.info(`${queueInfo[name].title}: ${concurrency} at a time`);
    } catch (error) {
      toasts.error(explain(error));
    }
  }
}
