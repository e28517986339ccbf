/** The page's side of the hashing worker. */
import type { HashOrder, HashReply } from './sha1.worker';

interface Waiting {
  resolve: (hex: string) => void;
  reject: (error: Error) => void;
}

export class Hasher {
  private worker: Worker | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private nextTicket = 1;

  hash(file: File): Promise<string> {
    this.worker ??= this.start();
    const order: HashOrder = { ticket: this.nextTicket++, file };
    this.worker.postMessage(order);
    return new Promise((resolve, reject) => {
      this.waiting.set(order.ticket, { resolve, reject });
    });
  }

  private start(): Worker {
    const worker = new Worker(new URL('./sha1.worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<HashReply>) => {
      const waiting = this.waiting.get(data.ticket);
      this.waiting.delete(data.ticket);
      if (data.hex) waiting?.resolve(data.hex);
      else waiting?.reject(new Error(data.problem));
    };
    worker.onerror = () => {
      // All orders of a worker that cannot run fail; uploads then go without a checksum.
      for (const { reject } of this.waiting.values()) reject(new Error('hashing does not work'));
      this.waiting.clear();
    };
    return worker;
  }
}
