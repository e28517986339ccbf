import { describe, expect, it } from 'vitest';
import type { Asset } from '$lib/api/client';
import { columnsFrom, dayKey, parseUtc, remove, setFavorites, upsert } from './columns';
import { columnsOf } from './testing';

function asset(id: string, local: string, more: Partial<Asset> = {}): Asset {
  return {
    id,
    localDateTime: local,
    fileCreatedAt: local,
    width: 300,
    height: 200,
    thumbhash: 'hash',
    isFavorite: false,
    type: 'IMAGE',
    duration: null,
    ...more
  } as Asset;
}

it('parseUtc reads instants with and without a zone alike', () => {
  const instant = Date.UTC(2024, 4, 1, 10);
  expect(parseUtc('2024-05-01T10:00:00')).toBe(instant);
  expect(parseUtc('2024-05-01T10:00:00.000Z')).toBe(instant);
  expect(parseUtc('2024-05-01T12:00:00+02:00')).toBe(instant);
});

it('columnsFrom shifts the instant by the local offset, over midnight too', () => {
  const columns = columnsFrom({
    id: ['a'],
    ownerId: ['o'],
    ratio: [0],
    isFavorite: [false],
    visibility: ['timeline'],
    isTrashed: [false],
    isImage: [true],
    thumbhash: [null],
    createdAt: ['2024-05-01T23:30:00'],
    fileCreatedAt: ['2024-05-01T23:30:00.123'],
    localOffsetHours: [2],
    duration: [null],
    projectionType: [null],
    livePhotoVideoId: [null]
  } as unknown as Parameters<typeof columnsFrom>[0]);
  expect(dayKey(columns.locals[0])).toBe('2024-05-02');
  // A ratio of zero would make a photo without width.
  expect(columns.ratios[0]).toBe(1);
});

describe('upsert', () => {
  const columns = columnsOf([
    ['2024-05-10', 1],
    ['2024-05-08', 1]
  ]);

  it('puts a photo where its day belongs', () => {
    const ids = (local: string) => upsert(columns, asset('new', local)).ids;
    expect(ids('2024-05-11T08:00:00.000Z')).toEqual(['new', 'id-0', 'id-1']);
    expect(ids('2024-05-09T08:00:00.000Z')).toEqual(['id-0', 'new', 'id-1']);
    expect(ids('2024-05-01T08:00:00.000Z')).toEqual(['id-0', 'id-1', 'new']);
  });

  it('orders within a day by the instant, newest first', () => {
    expect(upsert(columns, asset('late', '2024-05-10T20:00:00.000Z')).ids[0]).toBe('late');
    expect(upsert(columns, asset('early', '2024-05-10T02:00:00.000Z')).ids[1]).toBe('early');
  });

  it('replaces an asset instead of doubling it', () => {
    const once = upsert(columns, asset('id-0', '2024-05-07T08:00:00.000Z', { isFavorite: true }));
    expect(once.ids).toEqual(['id-1', 'id-0']);
    expect(once.favorites).toEqual([false, true]);
    expect(once.ratios[1]).toBe(1.5);
  });

  it('leaves the columns it was given alone', () => {
    upsert(columns, asset('new', '2024-05-11T08:00:00.000Z'));
    expect(columns.ids).toEqual(['id-0', 'id-1']);
  });
});

it('remove takes a photo out of every column, and answers the same object when it had none', () => {
  const columns = columnsOf([
    ['2024-05-10', 1],
    ['2024-05-08', 2]
  ]);
  const left = remove(columns, new Set(['id-0']));
  for (const column of Object.values(left)) expect(column).toHaveLength(1);
  expect(left.ratios).toEqual([2]);
  expect(remove(columns, new Set(['other']))).toBe(columns);
});

it('setFavorites touches only the named', () => {
  const columns = columnsOf([
    ['2024-05-10', 1],
    ['2024-05-08', 2]
  ]);
  expect(setFavorites(columns, new Set(['id-1']), true).favorites).toEqual([false, true]);
  expect(setFavorites(columns, new Set(['x']), true)).toBe(columns);
});
