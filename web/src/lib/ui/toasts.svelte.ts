/** Short messages at the foot of the page, some with one thing to do about them. */

export interface Toast {
  id: number;
  kind: 'info' | 'error';
  text: string;
  action?: { label: string; run: () => void };
}

interface ToastOptions {
  action?: Toast['action'];
  lastsMs?: number;
}

class Toasts {
  list = $state.raw<Toast[]>([]);
  private nextId = 1;

  info(text: string, options: ToastOptions = {}): void {
    this.add({ kind: 'info', text, action: options.action }, options.lastsMs ?? 5000);
  }

  error(text: string): void {
    this.add({ kind: 'error', text }, 8000);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  private add(toast: Omit<Toast, 'id'>, lastsMs: number): void {
    const id = this.nextId++;
    // The same sentence twice in a row says nothing new.
    const others = this.list.filter((other) => other.text !== toast.text).slice(-3);
    this.list = [...others, { ...toast, id }];
    setTimeout(() => this.dismiss(id), lastsMs);
  }
}

export const toasts = new Toasts();
