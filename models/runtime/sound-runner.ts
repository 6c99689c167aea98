import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { finishRows, floatsOf } from './finish/finish-rows.js';
import {
  elementsIn,
  type Elements,
  type ModelSpec,
  type Result,
  type SoundPreparation,
  type SoundWindow,
} from './model-spec.js';
import { LogMel, repeatPad } from './prepare/log-mel.js';
import { ReusedFloats } from './prepare/preparation.js';
import { SharedFrames } from './prepare/shared-frames.js';
import type { BatchTimes } from './thread-protocol.js';

/** A window whose spectrogram is an input of the network. */
interface Task {
  readonly window: SoundWindow;
  /** The row of the results that belongs to the window. */
  readonly row: number;
  readonly write: (spectrogram: Float32Array) => void;
}

/**
 * Runs a sound network over the windows of `count` stretches of sound. A run takes windows of one length. Blocks:
 * samples [count, samples], windows [count, windows, 2]. Results: [count, windows, …].
 */
export class SoundRunner {
  private readonly mel: LogMel;
  private readonly spectrograms = new ReusedFloats();

  constructor(
    private readonly preparation: SoundPreparation,
    private readonly spec: ModelSpec,
    private readonly session: InferenceSession,
  ) {
    this.mel = new LogMel(preparation.mel);
  }

  async run(views: readonly Elements[], count: number): Promise<{ results: Result[]; times: BatchTimes }> {
    const [sounds, rows] = views;
    if (!(sounds instanceof Float32Array && rows instanceof Int32Array))
      throw new Error('sounds are float32 with int32 windows');
    const times = { prepareMs: 0, runMs: 0, finishMs: 0 };
    const windows = rows.length / (2 * count);
    const results: Result[] = [];
    const started = performance.now();
    const tasks = this.tasks(sounds, rows, count);
    times.prepareMs += performance.now() - started;
    for (const batch of batchesOf(tasks, this.preparation.windowsAtOnce)) {
      const before = performance.now();
      const feeds = this.feeds(batch);
      const prepared = performance.now();
      const outputs = await this.session.run(feeds, [...this.spec.outputs]);
      const ran = performance.now();
      this.spec.outputs.forEach((name, index) => {
        const found = floatsOf(outputs[name], name, batch.length);
        const finish = index === 0 ? this.spec.finish : ({ kind: 'none' } as const);
        const { data, dims } = finishRows(finish, found.data, found.dims, batch.length);
        const size = elementsIn(dims);
        const whole = (results[index] ??= {
          name,
          dims: [windows, ...dims],
          data: new Float32Array(count * windows * size),
        });
        batch.forEach(({ row }, at) => whole.data.set(data.subarray(at * size, (at + 1) * size), row * size));
      });
      times.prepareMs += prepared - before;
      times.runMs += ran - prepared;
      times.finishMs += performance.now() - ran;
    }
    return { results, times };
  }

  private tasks(sounds: Float32Array, rows: Int32Array, count: number): Task[] {
    const size = sounds.length / count;
    const perItem = rows.length / count;
    return Array.from({ length: count }, (_, item) => {
      const sound = sounds.subarray(item * size, (item + 1) * size);
      const windows = windowsOf(rows.subarray(item * perItem, (item + 1) * perItem), size);
      // The samples after the last window are padding that keeps the number of shapes small.
      const end = windows.reduce((latest, { window }) => Math.max(latest, window.start + window.length), 0);
      const write = this.spectrogramWriter(
        sound.subarray(0, end),
        windows.map(({ window }) => window),
      );
      return windows.map(({ window, row }) => ({
        window,
        row: (item * perItem) / 2 + row,
        write: (spectrogram: Float32Array) => write(window, spectrogram),
      }));
    }).flat();
  }

  private spectrogramWriter(
    sound: Float32Array,
    windows: readonly SoundWindow[],
  ): (window: SoundWindow, spectrogram: Float32Array) => void {
    const { repeatToSamples, layout } = this.preparation;
    if (repeatToSamples === null) {
      const frames = new SharedFrames(this.mel, sound, layout, windows);
      return (window, spectrogram) => frames.write(window, spectrogram);
    }
    const padded = new Float32Array(repeatToSamples);
    return ({ start, length }, spectrogram) => {
      const repetition = repeatPad(sound.subarray(start, start + length), padded);
      this.mel.write(padded, spectrogram, layout, repetition);
    };
  }

  private feeds(batch: readonly Task[]): Record<string, Tensor> {
    const { melBins } = this.preparation.mel;
    const frames = this.mel.framesOf(this.preparation.repeatToSamples ?? batch[0]?.window.length ?? 0);
    const size = frames * melBins;
    const spectrograms = this.spectrograms.take(batch.length * size);
    batch.forEach(({ write }, at) => write(spectrograms.subarray(at * size, (at + 1) * size)));
    const dims = this.preparation.layout === 'bands-frames' ? [melBins, frames] : [frames, melBins];
    return { [this.preparation.input]: new Tensor('float32', spectrograms, [batch.length, 1, ...dims]) };
  }
}

function windowsOf(pairs: Int32Array, samples: number): { window: SoundWindow; row: number }[] {
  return Array.from({ length: pairs.length / 2 }, (_, row) => {
    const window = { start: pairs[2 * row] ?? 0, length: pairs[2 * row + 1] ?? 0 };
    if (window.start < 0 || window.length < 0 || window.start + window.length > samples)
      throw new Error(`window ${row} lies outside its sound`);
    return { window, row };
  }).filter(({ window }) => window.length > 0);
}

/** Groups the windows into batches of one window length. */
function batchesOf(tasks: readonly Task[], atOnce: number): Task[][] {
  const open = new Map<number, Task[]>();
  const batches: Task[][] = [];
  for (const task of tasks) {
    let batch = open.get(task.window.length);
    if (!batch || batch.length === atOnce) {
      batch = [];
      batches.push(batch);
      open.set(task.window.length, batch);
    }
    batch.push(task);
  }
  return batches;
}
