import { describe, expect, it } from 'vitest';
import { audible, cutAtPause, soundFrom } from './cut-window.js';

const RATE = 1000;

function sound(seconds: number, loudness: (sec: number) => number): Float32Array {
  return Float32Array.from({ length: seconds * RATE }, (_, i) => loudness(i / RATE) * Math.sin(i));
}

describe('cutAtPause', () => {
  it('cuts in the pause of the second half', () => {
    const cut = cutAtPause(
      sound(30, (sec) => ((sec > 5 && sec < 6) || (sec > 22 && sec < 22.6) ? 0.001 : 0.3)),
      RATE,
    );
    expect(cut / RATE).toBeGreaterThan(22);
    expect(cut / RATE).toBeLessThan(22.6);
  });

  it('prefers a later pause of the same depth', () => {
    const cut = cutAtPause(
      sound(30, (sec) => ((sec > 17 && sec < 18) || (sec > 27 && sec < 28) ? 0.001 : 0.3)),
      RATE,
    );
    expect(cut / RATE).toBeGreaterThan(27);
  });

  it('cuts somewhere in the second half where there is no pause', () => {
    const cut = cutAtPause(
      sound(30, () => 0.3),
      RATE,
    );
    expect(cut / RATE).toBeGreaterThanOrEqual(15);
    expect(cut / RATE).toBeLessThanOrEqual(30);
  });
});

describe('audible', () => {
  it('tells digital silence from the softest whisper', () => {
    expect(audible(new Float32Array(2000), RATE)).toBe(false);
    expect(
      audible(
        sound(2, () => 0.002),
        RATE,
      ),
    ).toBe(true);
    expect(audible(new Float32Array(0), RATE)).toBe(false);
  });

  it('finds where sound begins behind digital silence', () => {
    expect(
      soundFrom(
        sound(5, (sec) => (sec < 2 ? 0 : 0.3)),
        RATE,
      ) / RATE,
    ).toBeCloseTo(1.7);
    expect(
      soundFrom(
        sound(2, () => 0.3),
        RATE,
      ),
    ).toBe(0);
  });
});
