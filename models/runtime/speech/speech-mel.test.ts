import { WhisperFeatureExtractor } from '@xenova/transformers';
import { expect, it } from 'vitest';
import { SpeechMel } from './speech-mel.js';

it("computes the spectrogram of the library's Whisper feature extractor", async () => {
  // A sweep with noise that ends in the middle of a frame.
  const samples = Float32Array.from(
    { length: 16_000 + 77 },
    (_, index) => 0.4 * Math.sin(index * 0.02 + (index / 300) ** 2 / 40) + 0.01 * (((index * 7919) % 101) / 50 - 1),
  );
  const seconds = 3;
  const extractor = new WhisperFeatureExtractor({
    feature_extractor_type: 'WhisperFeatureExtractor',
    chunk_length: seconds,
    feature_size: 80,
    hop_length: 160,
    n_fft: 400,
    n_samples: seconds * 16_000,
    nb_max_frames: seconds * 100,
    sampling_rate: 16_000,
  });
  const { input_features: theirs } = (await extractor(samples)) as { input_features: { data: Float32Array } };
  const ours = new SpeechMel(80).spectrogram(samples, seconds * 100);
  expect(ours.length).toBe(theirs.data.length);
  let worst = 0;
  ours.forEach((value, index) => (worst = Math.max(worst, Math.abs(value - (theirs.data[index] ?? Infinity)))));
  expect(worst).toBeLessThan(1e-3);
});
