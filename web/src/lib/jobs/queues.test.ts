import { describe, expect, it } from 'vitest';
import type { Schemas } from '$lib/api/client';
import { failureOf, sortQueues, subjectOf, waitingOf } from './queues';

const counts = { active: 1, completed: 2, failed: 3, delayed: 4, waiting: 5, paused: 6 };

it('waitingOf counts what has not begun', () => expect(waitingOf(counts)).toBe(15));

it('sortQueues follows the list', () => {
  const queue = (name: Schemas['QueueName']) => ({ name, isPaused: false, statistics: counts });
  const sorted = sortQueues([queue('editor'), queue('thumbnailGeneration')]);
  expect(sorted.map((each) => each.name)).toEqual(['thumbnailGeneration', 'editor']);
});

describe('a failed job', () => {
  const job = { name: 'AssetGenerateThumbnails' as const, timestamp: 0 };

  it('tells its reason from beside or inside its data', () => {
    const beside = { ...job, data: { id: 'a1' }, failedReason: 'truncated' };
    expect(failureOf(beside)).toBe('truncated');
    expect(failureOf({ ...job, data: { error: 'no such file' } })).toBe('no such file');
    expect(failureOf({ ...job, data: {} })).toBe('The server gave no reason');
  });

  it('names its asset', () => {
    expect(subjectOf({ ...job, data: { id: 'a1' } })).toBe('a1');
    expect(subjectOf({ ...job, data: {} })).toBeNull();
  });
});
