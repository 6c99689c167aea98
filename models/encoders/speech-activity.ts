import { join } from 'node:path';
import type { ModelOf } from '../manifest/manifest.js';
import type { InferencePool, PooledModel } from '../runtime/inference-pool.js';
import type { ModelIdentity, SpeechActivity, SpeechActivityStream } from './encoder.js';

/** Names and sizes of the state of Silero VAD 5, which its manifest does not state. */
const STATE = { input: 'state', output: 'stateN', layers: 2, width: 128 } as const;
const RATE_INPUT = 'sr';

/** Largest number of tracks in one run of the network: each comes from another video. */
const MAX_TRACKS = 8;

/** Opens a recurrent speech detector: one probability per hop, with a state that is carried through the track. */
export async function openSpeechActivity(
  identity: ModelIdentity,
  folder: string,
  model: ModelOf<'speech-activity'>,
  pool: InferencePool,
): Promise<SpeechActivity> {
  const { sampleRateHz, windowSize: hop, context } = model.input.audio;
  const network = await pool.load({
    name: model.name,
    path: join(folder, model.files[0]?.path ?? ''),
    preparation: {
      kind: 'stream',
      input: model.input.name,
      hop,
      context,
      state: STATE,
      rate: { input: RATE_INPUT, sampleRateHz },
    },
    outputs: [model.output.scores],
    finish: { kind: 'none' },
    maxBatch: MAX_TRACKS,
    warmUp: [
      [
        { type: 'float32', dims: [hop] },
        { type: 'float32', dims: [context] },
        { type: 'float32', dims: [STATE.layers, STATE.width] },
      ],
    ],
  });
  return { identity, sampleRateHz, hopSamples: hop, open: () => new Track(network, hop, context) };
}

class Track implements SpeechActivityStream {
  private state: Float32Array = new Float32Array(STATE.layers * STATE.width);
  private before: Float32Array;
  private rest = new Float32Array(0);
  /** Pushes run one after another even if a caller does not wait, because each needs the state of the one before. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly network: PooledModel,
    private readonly hop: number,
    private readonly context: number,
  ) {
    this.before = new Float32Array(context);
  }

  push(samples: Float32Array, signal?: AbortSignal): Promise<Float32Array> {
    const answer = this.last.then(() => this.run(samples, signal));
    this.last = answer.catch(() => undefined);
    return answer;
  }

  private async run(samples: Float32Array, signal: AbortSignal | undefined): Promise<Float32Array> {
    const { hop, context } = this;
    const all = new Float32Array(this.rest.length + samples.length);
    all.set(this.rest);
    all.set(samples, this.rest.length);
    const length = all.length - (all.length % hop);
    if (length === 0) {
      this.rest = all;
      return new Float32Array(0);
    }
    const whole = all.subarray(0, length);
    const [scores, state] = await this.network.run(
      [
        { type: 'float32', dims: [length], data: whole },
        { type: 'float32', dims: [context], data: this.before },
        { type: 'float32', dims: [STATE.layers, STATE.width], data: this.state },
      ],
      1,
      signal,
    );
    this.rest = all.slice(length);
    this.before = whole.slice(length - context);
    this.state = state?.data ?? this.state;
    return scores?.data ?? new Float32Array(0);
  }
}
