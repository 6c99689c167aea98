import { describe, expect, it } from 'vitest';
import { SpeechSpans } from './speech-spans.js';

const HOP_SEC = 0.032;

describe('SpeechSpans', () => {
  it('bridges short pauses and hops between the thresholds, ends a span after 100 ms, and pads it by 30 ms', () => {
    const spans = run([
      ...hops(10, 0),
      ...hops(10, 0.9),
      0.1,
      0.1,
      ...hops(10, 0.9),
      0.4,
      0.4,
      0.4,
      0.4,
      ...hops(20, 0),
    ]);
    expect(spans.length).toBe(1);
    expect(spans[0]?.startSec).toBeCloseTo(10 * HOP_SEC - 0.03, 6);
    // A probability of 0.4 lies between the thresholds and begins no pause.
    expect(spans[0]?.endSec).toBeCloseTo(36 * HOP_SEC + 0.03, 6);
  });

  it('drops spans shorter than 250 ms', () => {
    expect(run([...hops(10, 0), ...hops(7, 0.9), ...hops(10, 0)])).toEqual([]);
    expect(run([...hops(10, 0), ...hops(8, 0.9), ...hops(10, 0)]).length).toBe(1);
  });

  it('keeps padded spans inside the track', () => {
    expect(run(hops(20, 1), 0.64)).toEqual([{ startSec: 0, endSec: 0.64 }]);
  });
});

function hops(count: number, probability: number): number[] {
  return Array.from({ length: count }, () => probability);
}

function run(probabilities: readonly number[], endSec = 100) {
  const spans = new SpeechSpans(HOP_SEC);
  spans.push(Float32Array.from(probabilities));
  return spans.finish(endSec);
}
