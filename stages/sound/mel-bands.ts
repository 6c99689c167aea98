import type { Band } from '../../models/spectrum/log-bands.js';

/** O'Shaughnessy's mel scale (HTK's constants). */
function melOf(hz: number): number {
  return 2595 * Math.log10(1 + hz / 700);
}

function hzOf(mel: number): number {
  return 700 * (10 ** (mel / 2595) - 1);
}

/**
 * Triangles of equal width in mel, each normalised to sum one, so that a band's value is a mean power whatever its
 * width. Bands too narrow to hold a bin take the nearest one.
 */
export function melBands(count: number, fftSize: number, sampleRateHz: number, lowHz: number, highHz: number): Band[] {
  const low = melOf(lowHz);
  const step = (melOf(highHz) - low) / (count + 1);
  const binOf = (hz: number): number => (hz * fftSize) / sampleRateHz;
  return Array.from({ length: count }, (_, band) => {
    const left = binOf(hzOf(low + band * step));
    const centre = binOf(hzOf(low + (band + 1) * step));
    const right = binOf(hzOf(low + (band + 2) * step));
    const first = Math.ceil(left);
    const weights = Float64Array.from({ length: Math.max(0, Math.floor(right) - first + 1) }, (_, i) => {
      const bin = first + i;
      return bin < centre ? (bin - left) / (centre - left) : (right - bin) / (right - centre);
    });
    const sum = weights.reduce((total, weight) => total + weight, 0);
    if (sum < 1e-6) return { first: Math.round(centre), weights: Float64Array.of(1) };
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}
