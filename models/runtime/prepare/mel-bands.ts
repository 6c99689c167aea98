import type { Band } from '../../spectrum/log-bands.js';
import type { LogMelParameters } from '../model-spec.js';

type MelShape = Pick<
  LogMelParameters,
  'sampleRateHz' | 'fftSize' | 'melBins' | 'melScale' | 'melNorm' | 'minHz' | 'maxHz'
>;

/**
 * Returns the filter bank over the bins 0 … fftSize / 2. With `kaldi` the triangles are linear in mel (1127 ln(1 + f / 700))
 * and the Nyquist bin is left out, as in torchaudio's kaldi module. With `htk` and `slaney` the corners are equally spaced
 * in mel and the triangles are linear in hertz, as in librosa and transformers. `melNorm: 'slaney'` gives every triangle an
 * area of one hertz.
 */
export function melBands(shape: MelShape): Band[] {
  const { sampleRateHz, fftSize, melBins, melScale, melNorm, minHz, maxHz } = shape;
  const { toMel, toHz } = SCALES[melScale];
  const low = toMel(minHz);
  const step = (toMel(maxHz) - low) / (melBins + 1);
  const corner = (index: number): number => (melScale === 'kaldi' ? low + index * step : toHz(low + index * step));
  const place = melScale === 'kaldi' ? toMel : (hz: number): number => hz;
  const bins = fftSize / 2 + (melScale === 'kaldi' ? 0 : 1);
  return Array.from({ length: melBins }, (_, band) => {
    const [left, centre, right] = [corner(band), corner(band + 1), corner(band + 2)];
    const area = melNorm === 'slaney' ? 2 / (right - left) : 1;
    const all = Array.from({ length: bins }, (_unused, bin) => {
      const at = place((bin * sampleRateHz) / fftSize);
      return area * Math.max(0, Math.min((at - left) / (centre - left), (right - at) / (right - centre)));
    });
    const first = Math.max(
      all.findIndex((weight) => weight > 0),
      0,
    );
    const last = all.findLastIndex((weight) => weight > 0);
    return { first, weights: Float64Array.from(all.slice(first, last + 1)) };
  });
}

interface Scale {
  readonly toMel: (hz: number) => number;
  readonly toHz: (mel: number) => number;
}

const KALDI: Scale = {
  toMel: (hz) => 1127 * Math.log(1 + hz / 700),
  toHz: (mel) => 700 * (Math.exp(mel / 1127) - 1),
};

/** Slaney's Auditory Toolbox: linear below 1 kHz (15 mel), logarithmic above, with 27 steps per factor of 6.4. */
const SLANEY_STEP = Math.log(6.4) / 27;

const SCALES: Record<LogMelParameters['melScale'], Scale> = {
  kaldi: KALDI,
  htk: { toMel: (hz) => 2595 * Math.log10(1 + hz / 700), toHz: (mel) => 700 * (10 ** (mel / 2595) - 1) },
  slaney: {
    toMel: (hz) => (hz < 1000 ? (3 * hz) / 200 : 15 + Math.log(hz / 1000) / SLANEY_STEP),
    toHz: (mel) => (mel < 15 ? (200 * mel) / 3 : 1000 * Math.exp((mel - 15) * SLANEY_STEP)),
  },
};
