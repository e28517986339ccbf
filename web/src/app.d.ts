declare global {
  namespace App {
    interface Error {
      message: string;
    }
    interface PageState {
      /** The viewer was opened from a grid of this page, so closing it can go back. */
      fromGrid?: boolean;
    }
  }
}

export {};
