import type { LogMelParameters } from '../runtime/model-spec.js';

/**
 * The tagger uses the front end of its teacher, so that one spectrogram of a mixture serves both: 128 Kaldi mel bands
 * of 32 kHz sound every 10 ms.
 */
export const TAGGER_MEL: LogMelParameters = {
  sampleRateHz: 32000,
  preEmphasis: 0.97,
  fftSize: 1024,
  windowSize: 800,
  window: 'hann-symmetric',
  hopSize: 320,
  melBins: 128,
  melScale: 'kaldi',
  melNorm: 'none',
  minHz: 0,
  maxHz: 15000,
  log: 'ln',
  logOffset: 1e-5,
  shift: 4.5,
  scale: 5,
};

/** Length of the tagger's input window; its scores are about the second in the middle. */
export const WINDOW_SEC = 2;
export const WINDOW_SAMPLES = WINDOW_SEC * TAGGER_MEL.sampleRateHz;
/** Frames per window; pre-emphasis consumes one sample. */
export const WINDOW_FRAMES = 1 + Math.floor((WINDOW_SAMPLES - 1) / TAGGER_MEL.hopSize);
/** The part of the window that the scores are about, in samples. */
export const CENTRE = { from: WINDOW_SAMPLES / 4, to: (3 * WINDOW_SAMPLES) / 4 } as const;
