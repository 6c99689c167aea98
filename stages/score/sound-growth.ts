import { LogBands, type Band } from '../../models/spectrum/log-bands.js';
import type { Matrix } from '../../measures/index.js';

/** The sound is measured at this rate; the sound stage asks for it as well. */
export const GROWTH_RATE_HZ = 16_000;
/** 40 ms: one row per moment of the synchrony score. */
const HOP = 640;
const WINDOW = 1024;
const BANDS = 24;
const LOW_HZ = 50;
const HIGH_HZ = 8000;
/** Added to the power of a band before the logarithm: below the noise of any recording. */
const FLOOR = 1e-6;

/** Samples that `soundGrowth` needs for this many moments, the first `WINDOW / 2 + HOP` of them before the first moment. */
export function samplesFor(moments: number): { readonly before: number; readonly count: number } {
  return { before: WINDOW / 2, count: moments * HOP + WINDOW };
}

/** Growth of each of 24 mel bands of the log spectrum from one moment to the next: one row per moment. */
export function soundGrowth(samples: Float32Array, moments: number): Matrix {
  const bands = new LogBands({
    fftSize: WINDOW,
    taper: Float64Array.from({ length: WINDOW }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (WINDOW - 1))),
    bands: melBands(),
    scale: { slope: 1, shift: 0, floor: FLOOR, floorIs: 'added' },
  });
  bands.reserve(samples.length).set(samples);
  const levels = new Float64Array((moments + 1) * BANDS);
  for (let moment = 0; moment <= moments; moment += 2) {
    const second = Math.min(moment + 1, moments);
    bands.write(moment * HOP, second * HOP);
    for (let band = 0; band < BANDS; band += 1) {
      levels[moment * BANDS + band] = bands.levels[2 * band] ?? 0;
      levels[second * BANDS + band] = bands.levels[2 * band + (second === moment ? 0 : 1)] ?? 0;
    }
  }
  const values = Float64Array.from({ length: moments * BANDS }, (_, at) =>
    Math.max(0, (levels[at + BANDS] ?? 0) - (levels[at] ?? 0)),
  );
  return { rows: moments, columns: BANDS, values };
}

/** Triangles of equal width in mel with a peak of 1 (O'Shaughnessy's scale). */
function melBands(): Band[] {
  const mel = (hz: number): number => 2595 * Math.log10(1 + hz / 700);
  const hz = (value: number): number => 700 * (10 ** (value / 2595) - 1);
  const step = (mel(HIGH_HZ) - mel(LOW_HZ)) / (BANDS + 1);
  const edge = (index: number): number => (hz(mel(LOW_HZ) + index * step) * WINDOW) / GROWTH_RATE_HZ;
  return Array.from({ length: BANDS }, (_, band) => {
    const [left, centre, right] = [edge(band), edge(band + 1), edge(band + 2)];
    const first = Math.ceil(left);
    const last = Math.min(Math.floor(right), WINDOW / 2);
    const weights = Float64Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
      const bin = first + i;
      return Math.max(0, Math.min((bin - left) / (centre - left), (right - bin) / (right - centre)));
    });
    return { first, weights };
  });
}
