import { Tensor, type InferenceSession } from 'onnxruntime-node';
import type { Elements, ModelSpec, Result, StreamPreparation } from './model-spec.js';
import type { BatchTimes } from './thread-protocol.js';

/**
 * Runs a recurrent network over all hops of `count` tracks side by side, so that a hop needs no message between threads.
 * Blocks: samples [count, hops × hop], context [count, context], state [count, layers, width]. In blocks and results the
 * item axis comes first; the state of the network has it second.
 */
export class StreamRunner {
  constructor(
    private readonly preparation: StreamPreparation,
    private readonly spec: ModelSpec,
    private readonly session: InferenceSession,
  ) {}

  async run(views: readonly Elements[], count: number): Promise<{ results: Result[]; times: BatchTimes }> {
    const start = performance.now();
    const { hop, context, state, rate } = this.preparation;
    const [samples, before, carried] = views;
    if (!(samples instanceof Float32Array && before instanceof Float32Array && carried instanceof Float32Array))
      throw new Error('a stream takes three float32 blocks');
    const scoresName = this.spec.outputs[0] ?? '';
    const length = samples.length / count;
    const hops = length / hop;
    const window = new Float32Array(count * (context + hop));
    const scores = new Float32Array(count * hops);
    const rateTensor = new Tensor('int64', BigInt64Array.of(BigInt(rate.sampleRateHz)), []);
    let memory: Tensor = new Tensor('float32', swapAxes(carried, count, state.layers, state.width), [
      state.layers,
      count,
      state.width,
    ]);
    let runMs = 0;
    for (let index = 0; index < hops; index++) {
      for (let track = 0; track < count; track++) {
        const from = track * length + index * hop;
        const to = track * (context + hop);
        const history =
          index === 0
            ? before.subarray(track * context, (track + 1) * context)
            : samples.subarray(from - context, from);
        window.set(history, to);
        window.set(samples.subarray(from, from + hop), to + context);
      }
      const ran = performance.now();
      const outputs = await this.session.run({
        [this.preparation.input]: new Tensor('float32', window, [count, context + hop]),
        [state.input]: memory,
        [rate.input]: rateTensor,
      });
      runMs += performance.now() - ran;
      const next = outputs[state.output];
      const score = outputs[scoresName]?.data;
      if (!next || !(score instanceof Float32Array)) throw new Error(`no float32 output ${scoresName} or state`);
      memory = next;
      for (let track = 0; track < count; track++) scores[track * hops + index] = score[track] ?? 0;
    }
    const last = memory.data;
    if (!(last instanceof Float32Array)) throw new Error('the state is not float32');
    const results = [
      { name: scoresName, dims: [hops], data: scores },
      {
        name: state.output,
        dims: [state.layers, state.width],
        data: swapAxes(last, state.layers, count, state.width),
      },
    ];
    return { results, times: { prepareMs: performance.now() - start - runMs, runMs, finishMs: 0 } };
  }
}

/** Transposes [rows, columns, width] to [columns, rows, width]. */
function swapAxes(data: Float32Array, rows: number, columns: number, width: number): Float32Array {
  const swapped = new Float32Array(data.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const from = (row * columns + column) * width;
      swapped.set(data.subarray(from, from + width), (column * rows + row) * width);
    }
  return swapped;
}
