import type { InferenceSession } from 'onnxruntime-node';
import { Tensor } from 'onnxruntime-node';
import type { Elements, ModelSpec, Result, SpeechPreparation } from '../model-spec.js';
import type { BatchTimes } from '../thread-protocol.js';
import { SpeechMel } from './speech-mel.js';
import { WindowDecoder, type DecodedWindow } from './window-decoder.js';

/**
 * Transcribes windows with an encoder and a decoder in this thread, so that a token needs no message between threads.
 * Blocks: samples [count, samples]; request [count, 2], int32: samples in use, and the token of the language or -1.
 * Results, each [count, …]: tokens, log probabilities and first steps [maxTokens + 1], padded with -1; summary [5]: number
 * of tokens, no-speech probability, language token, 1 when the text ended by itself, 1 when tokens have times.
 */
export class SpeechRunner {
  private readonly mel: SpeechMel;
  private readonly decoding: WindowDecoder;

  constructor(
    private readonly preparation: SpeechPreparation,
    private readonly spec: ModelSpec,
    private readonly encoder: InferenceSession,
    private readonly decoder: InferenceSession,
  ) {
    this.mel = new SpeechMel(preparation.melBins);
    this.decoding = new WindowDecoder(preparation, decoder);
  }

  async close(): Promise<void> {
    await this.decoder.release();
  }

  async run(views: readonly Elements[], count: number): Promise<{ results: Result[]; times: BatchTimes }> {
    const [samples, requests] = views;
    if (!(samples instanceof Float32Array && requests instanceof Int32Array))
      throw new Error('speech is float32 samples with an int32 request');
    const size = samples.length / count;
    const room = this.preparation.maxTokens + 1;
    const results = ['tokens', 'logProbabilities', 'starts'].map((name) => ({
      name,
      dims: [room],
      data: new Float32Array(count * room).fill(-1),
    }));
    const summary = { name: 'summary', dims: [5], data: new Float32Array(count * 5) };
    const times = { prepareMs: 0, runMs: 0, finishMs: 0 };
    for (let item = 0; item < count; item++) {
      const used = Math.min(size, requests[2 * item] ?? 0);
      const language = requests[2 * item + 1] ?? -1;
      const began = performance.now();
      const mel = this.mel.spectrogram(samples.subarray(item * size, item * size + used), this.preparation.frames);
      const prepared = performance.now();
      const found = await this.transcribe(mel, language < 0 ? null : language, used / this.preparation.sampleRateHz);
      times.prepareMs += prepared - began;
      times.runMs += performance.now() - prepared;
      [found.tokens, found.logProbabilities, found.starts].forEach((values, index) =>
        results[index]?.data.set(values, item * room),
      );
      const flags = [found.finished ? 1 : 0, found.starts.length > 0 ? 1 : 0];
      summary.data.set([found.tokens.length, found.noSpeechProbability, found.language, ...flags], item * 5);
    }
    return { results: [...results, summary], times };
  }

  private async transcribe(mel: Float32Array, language: number | null, seconds: number): Promise<DecodedWindow> {
    const { melBins, frames } = this.preparation;
    const input = this.encoder.inputNames[0] ?? 'input_features';
    const outputs = await this.encoder.run({ [input]: new Tensor('float32', mel, [1, melBins, frames]) });
    const hidden = outputs[this.spec.outputs[0] ?? ''];
    if (hidden?.type !== 'float32') throw new Error('its encoder returns no float32 states');
    const marked = await this.decoding.decode(hidden, language, seconds, true);
    if (marked.finished) return marked;
    // Without timestamps the network often leaves a loop; its words then have the times of its attention alone.
    const plain = await this.decoding.decode(hidden, language, seconds, false);
    return plain.finished ? plain : marked;
  }
}
