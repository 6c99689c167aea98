import type { InferencePool, PooledModel } from '../runtime/inference-pool.js';
import type { ModelSpec, SoundPreparation } from '../runtime/model-spec.js';
import { batchSize } from './batch-size.js';
import type { SoundWindow } from './encoder.js';

/**
 * Stretches of sound per batch of the pool. One stretch has dozens of windows, which are enough for a batch of the network
 * on the cpu; a GPU takes a few stretches side by side.
 */
const STRETCHES_PER_BATCH = { cpu: 1, gpu: 4 };

/** The properties in which a tagger and the sound side of CLAP differ. */
type SoundSpec = Pick<ModelSpec, 'name' | 'path' | 'outputs' | 'finish'> & {
  readonly preparation: Omit<SoundPreparation, 'windowsAtOnce'>;
  /** Lengths of windows, in samples, that are run once before the network is ready. */
  readonly warmUpLengths: readonly number[];
};

/** Encodes windows of a stretch of sound to [windows, width]. */
type EncodeWindows = (
  sound: Float32Array,
  windows: readonly SoundWindow[],
  signal?: AbortSignal,
) => Promise<Float32Array>;

/** Loads a sound network into the threads of the pool. */
export async function openSoundNetwork(spec: SoundSpec, pool: InferencePool): Promise<EncodeWindows> {
  const { warmUpLengths, preparation, ...rest } = spec;
  const network = await pool.load({
    ...rest,
    preparation: { ...preparation, windowsAtOnce: batchSize(pool.device) },
    maxBatch: pool.device === 'cpu' ? STRETCHES_PER_BATCH.cpu : STRETCHES_PER_BATCH.gpu,
    warmUp: warmUpLengths.map((length) => [
      { type: 'float32', dims: [length] },
      { type: 'int32', dims: [1, 2], data: [0, length] },
    ]),
  });
  return (sound, windows, signal) => encodeWindows(network, sound, windows, signal);
}

async function encodeWindows(
  network: PooledModel,
  sound: Float32Array,
  windows: readonly SoundWindow[],
  signal?: AbortSignal,
): Promise<Float32Array> {
  if (windows.length === 0) return new Float32Array(0);
  // The pool keeps a queue with buffers for every shape, so sizes are rounded up to powers of two.
  const needed = windows.reduce((end, { start, length }) => Math.max(end, start + length), 0);
  const samples = new Float32Array(powerOfTwoFrom(needed));
  samples.set(sound.subarray(0, needed));
  const pairs = new Int32Array(2 * powerOfTwoFrom(windows.length));
  windows.forEach(({ start, length }, row) => pairs.set([start, length], 2 * row));
  const [scores] = await network.run(
    [
      { type: 'float32', dims: [samples.length], data: samples },
      { type: 'int32', dims: [pairs.length / 2, 2], data: pairs },
    ],
    1,
    signal,
  );
  if (!scores) return new Float32Array(0);
  return scores.data.slice(0, (scores.data.length / (pairs.length / 2)) * windows.length);
}

function powerOfTwoFrom(number: number): number {
  return 2 ** Math.ceil(Math.log2(number));
}
