/** Real pictures, painted by the browser of the test: a landscape of its own for every seed. */
import type { Page } from '@playwright/test';

export interface Picture {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

export const WIDTH = 640;
export const HEIGHT = 480;

/** The extension of the name decides the format. */
export async function picture(page: Page, name: string, seed: number): Promise<Picture> {
  const mimeType = name.endsWith('.jpg') ? 'image/jpeg' : 'image/png';
  const base64 = await page.evaluate(paint, { mimeType, seed, width: WIDTH, height: HEIGHT });
  return { name, mimeType, buffer: Buffer.from(base64, 'base64') };
}

interface Order {
  mimeType: string;
  seed: number;
  width: number;
  height: number;
}

function paint({ mimeType, seed, width, height }: Order): string {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser cannot paint');
  const sky = context.createLinearGradient(0, 0, 0, height);
  sky.addColorStop(0, `hsl(${200 + seed * 17} 45% 70%)`);
  sky.addColorStop(1, `hsl(${30 + seed * 11} 70% 75%)`);
  context.fillStyle = sky;
  context.fillRect(0, 0, width, height);
  context.fillStyle = `hsl(${90 + seed * 31} 30% 30%)`;
  context.beginPath();
  context.moveTo(0, height);
  for (let x = 0; x <= width; x += 8) {
    context.lineTo(x, height * (0.6 + 0.12 * Math.sin(x / 90 + seed) + 0.05 * Math.sin(x / 23)));
  }
  context.lineTo(width, height);
  context.fill();
  return canvas.toDataURL(mimeType, 0.9).split(',')[1];
}

/** A few seconds of film as the browser records it: a ball that rolls from left to right. */
export async function film(page: Page, name: string, seconds: number): Promise<Picture> {
  const base64 = await page.evaluate(record, { seconds, width: WIDTH, height: HEIGHT });
  return { name, mimeType: 'video/webm', buffer: Buffer.from(base64, 'base64') };
}

async function record(order: { seconds: number; width: number; height: number }): Promise<string> {
  const canvas = document.createElement('canvas');
  canvas.width = order.width;
  canvas.height = order.height;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser cannot paint');
  const recorder = new MediaRecorder(canvas.captureStream(25), {
    mimeType: 'video/webm;codecs=vp8'
  });
  const pieces: Blob[] = [];
  recorder.ondataavailable = ({ data }) => pieces.push(data);
  const ended = new Promise((resolve) => (recorder.onstop = resolve));
  const start = performance.now();
  recorder.start();
  await new Promise<void>((resolve) => {
    const paint = () => {
      const share = (performance.now() - start) / 1000 / order.seconds;
      context.fillStyle = 'hsl(200 45% 70%)';
      context.fillRect(0, 0, order.width, order.height);
      context.fillStyle = 'hsl(20 80% 50%)';
      context.beginPath();
      context.arc(share * order.width, order.height / 2, 60, 0, 2 * Math.PI);
      context.fill();
      if (share < 1) requestAnimationFrame(paint);
      else resolve();
    };
    paint();
  });
  recorder.stop();
  await ended;
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
