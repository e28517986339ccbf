import { describe, expect, it } from 'vitest';
import { cameraName, dimensionsLine, exposureLine, placeName } from './exif';

describe('cameraName', () => {
  it.each([
    [{ make: 'Canon', model: 'Canon EOS R6' }, 'Canon EOS R6'],
    [{ make: 'Apple', model: 'iPhone 15 Pro' }, 'Apple iPhone 15 Pro'],
    [{ make: 'NIKON CORPORATION', model: 'NIKON D850' }, 'NIKON D850'],
    [{ make: 'Leica', model: null }, 'Leica'],
    [{}, null]
  ])('%o', (exif, name) => expect(cameraName(exif)).toBe(name));
});

it('exposureLine leaves out what is unknown', () => {
  expect(exposureLine({ fNumber: 1.8, exposureTime: '1/250', focalLength: 35, iso: 200 })).toBe(
    'ƒ/1.8 · 1/250 s · 35 mm · ISO 200'
  );
  expect(exposureLine({ iso: 400 })).toBe('ISO 400');
  expect(exposureLine({})).toBeNull();
});

it('placeName falls back to coordinates', () => {
  expect(placeName({ city: 'Vienna', state: 'Vienna', country: 'Austria' })).toBe(
    'Vienna, Austria'
  );
  expect(placeName({ latitude: 48.2, longitude: 16.37 })).toBe('48.2000, 16.3700');
  expect(placeName({})).toBeNull();
});

it('dimensionsLine counts megapixels', () => {
  expect(dimensionsLine({ width: 4032, height: 3024 })).toBe('4032 × 3024 · 12.2 MP');
  expect(dimensionsLine({ width: 10, height: 10 })).toBe('10 × 10');
  expect(dimensionsLine({ width: null, height: null })).toBeNull();
});
