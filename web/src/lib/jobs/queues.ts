/** The queues in words, and what can be done with each. */
import type { Schemas } from '$lib/api/client';

export type QueueName = Schemas['QueueName'];

export interface QueueInfo {
  title: string;
  text: string;
  /** Can be started by hand; `both` means for missing ones or for all. */
  start?: 'both' | 'once';
}

export const queueInfo: Record<QueueName, QueueInfo> = {
  metadataExtraction: {
    title: 'Metadata',
    text: 'Reads dates, places and camera data',
    start: 'both'
  },
  thumbnailGeneration: {
    title: 'Thumbnails',
    text: 'Makes the small and medium pictures',
    start: 'both'
  },
  videoConversion: {
    title: 'Video conversion',
    text: 'Makes videos that every browser plays',
    start: 'both'
  },
  sidecar: { title: 'Sidecar files', text: 'Finds and writes XMP files', start: 'both' },
  smartSearch: { title: 'Smart search', text: 'Learns what is in a picture', start: 'both' },
  duplicateDetection: {
    title: 'Duplicates',
    text: 'Finds pictures that look alike',
    start: 'both'
  },
  faceDetection: { title: 'Face detection', text: 'Finds faces in pictures', start: 'both' },
  facialRecognition: { title: 'People', text: 'Groups faces into people', start: 'both' },
  ocr: { title: 'Text in pictures', text: 'Reads signs, pages and labels', start: 'both' },
  library: { title: 'External libraries', text: 'Scans folders for changes', start: 'once' },
  storageTemplateMigration: {
    title: 'Storage template',
    text: 'Moves files to where the template says',
    start: 'once'
  },
  migration: { title: 'File migration', text: 'Moves files to the current layout', start: 'once' },
  backupDatabase: {
    title: 'Database backup',
    text: 'Writes a copy of the database',
    start: 'once'
  },
  backgroundTask: { title: 'Background tasks', text: 'Deletes files and tidies up' },
  search: { title: 'Search', text: 'Keeps the search index' },
  notifications: { title: 'Notifications', text: 'Sends e-mails and notices' },
  workflow: { title: 'Workflows', text: 'Runs automations' },
  integrityCheck: { title: 'Integrity', text: 'Compares files with the database' },
  editor: { title: 'Editor', text: 'Renders edited pictures' }
};

/** Everything that still waits for its turn. */
export function waitingOf(counts: Schemas['QueueStatisticsDto']): number {
  return counts.waiting + counts.delayed + counts.paused;
}

/** In the order of the list above, whatever order the server has. */
export function sortQueues(queues: Schemas['QueueResponseDto'][]): Schemas['QueueResponseDto'][] {
  const order = Object.keys(queueInfo);
  return [...queues].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

/** Jobs keep the reason of their failure in more than one place, by the age of the server. */
export function failureOf(job: Schemas['QueueJobResponseDto']): string {
  const loose: Record<string, unknown> = { ...job.data, ...job };
  for (const key of ['failedReason', 'error', 'message', 'reason']) {
    const text = loose[key];
    if (typeof text === 'string' && text) return text;
  }
  return 'The server gave no reason';
}

/** What the job was about: its asset or file, when it says so. */
export function subjectOf(job: Schemas['QueueJobResponseDto']): string | null {
  const data = job.data as Record<string, unknown>;
  for (const key of ['id', 'assetId', 'path']) {
    const text = data[key];
    if (typeof text === 'string') return text;
  }
  return null;
}
