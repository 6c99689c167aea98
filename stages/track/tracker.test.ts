import { describe, expect, it } from 'vitest';
import type { Sighting } from '../../core/schemas/objects.js';
import { Tracker } from './tracker.js';

function box(timeSec: number, x: number, confidence = 0.8): Sighting {
  return { timeSec, frame: timeSec, confidence, x, y: 0.4, width: 0.1, height: 0.2 };
}

/** The left edge of each track, second by second. */
function follow(...pictures: Sighting[][]): number[][] {
  const tracker = new Tracker(0.5);
  pictures.forEach((boxes, timeSec) => tracker.update(timeSec, boxes));
  return tracker.tracks.map(({ sightings }) => sightings.map(({ x }) => x));
}

describe('Tracker', () => {
  it('follows two objects that stay apart, in whatever order they are detected', () => {
    expect(follow([box(0, 0.1), box(0, 0.8)], [box(1, 0.79), box(1, 0.11)], [box(2, 0.12), box(2, 0.78)])).toEqual([
      [0.1, 0.11, 0.12],
      [0.8, 0.79, 0.78],
    ]);
  });

  it('follows an object that moves further than its width once its velocity is known', () => {
    expect(follow([box(0, 0.1)], [box(1, 0.22)], [box(2, 0.36)], [box(3, 0.5)])).toEqual([[0.1, 0.22, 0.36, 0.5]]);
    expect(follow([box(0, 0.1)], [box(1, 0.7)])).toEqual([[0.1], [0.7]]);
  });

  it('lets a low-confidence box continue a track that it overlaps, and begin none', () => {
    expect(follow([box(0, 0.1)], [box(1, 0.11, 0.2)], [box(2, 0.12)])).toEqual([[0.1, 0.11, 0.12]]);
    expect(follow([box(0, 0.1, 0.2)], [box(1, 0.1, 0.2)])).toEqual([]);
    expect(follow([box(0, 0.1)], [box(1, 0.19, 0.2)])).toEqual([[0.1]]);
  });

  it('continues a track after one missed picture, and begins a new one after a longer gap', () => {
    expect(follow([box(0, 0.1)], [], [box(2, 0.1)])).toEqual([[0.1, 0.1]]);
    expect(follow([box(0, 0.1)], [], [], [box(3, 0.1)])).toEqual([[0.1], [0.1]]);
  });

  it('assigns each box to one track, the most similar pair first', () => {
    expect(follow([box(0, 0.1), box(0, 0.16)], [box(1, 0.15)])).toEqual([[0.1], [0.16, 0.15]]);
  });
});
