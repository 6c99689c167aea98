import { expect, it } from 'vitest';
import type { ObjectTrack } from '../../core/schemas/objects.js';
import { shotTypeOf } from './shot-type.js';

function person(y: number, height: number, face: number | null): ObjectTrack {
  const look = { timeSec: 0.5, frame: 0, confidence: 0.9, x: 0.4, y, width: 0.2, height };
  const box = { confidence: 0.9, x: 0.45, y, width: 0.1, height: face ?? 0 };
  const sightings = [face === null ? look : { ...look, face: box }];
  return { id: 0, model: '', label: 'person', shot: 0, startSec: 0, endSec: 1, confidence: 0.9, sightings };
}

it.each([
  ['extreme-close-up', person(0, 1, 0.8)],
  ['close-up', person(0.1, 0.9, 0.4)],
  ['medium', person(0.1, 0.9, 0.12)],
  ['full', person(0.1, 0.8, null)],
  ['long', person(0.3, 0.3, null)],
  ['unknown', person(0.4, 0.6, null)],
] as const)('takes a person for a %s', (type, track) => {
  expect(shotTypeOf([track])).toBe(type);
});

it('knows no shot type without a person', () => {
  expect(shotTypeOf([])).toBe('unknown');
});
