import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { serialise } from '../../index.js';
import { numbersOf } from '../../testing/operator-case.js';
import { importGraphModel, readGraphModel } from '../index.js';
import { permuted } from '../value.js';
import { runInTensorFlow, type ModelFiles, type Numbers } from './tensorflow.js';

export interface Agreement {
  readonly output: string;
  /** The largest |ours - theirs| / max(1, |theirs|). */
  readonly difference: number;
  /** The largest |theirs|, because an output that is zero everywhere proves nothing. */
  readonly largest: number;
}

/** Runs the same picture [height, width, channels] through TensorFlow.js and through the imported network. */
export async function compareWithTensorFlow(
  files: ModelFiles,
  sides: readonly [height: number, width: number, channels: number],
  values: Float32Array,
  options: {
    readonly outputs?: readonly string[];
    readonly device?: 'cpu' | 'webgpu';
    readonly dtype?: 'int32';
    readonly freeSides?: readonly [height: string, width: string];
  } = {},
): Promise<readonly Agreement[]> {
  const model = readGraphModel(files.json);
  const outputs = options.outputs ?? model.outputs;
  const shards = new Map(
    model.weightGroups.flatMap(({ paths }) => paths.map((path) => [path, files.weights] as const)),
  );
  const [height, width] = sides;
  const { graph, channelsFirst } = importGraphModel(model, shards, {
    outputs,
    sides: options.freeSides ?? [height, width],
  });
  const session = await InferenceSession.create(serialise(graph), {
    executionProviders: [options.device ?? 'cpu'],
    logSeverityLevel: 4,
  });
  const shape = [1, ...sides];
  const planes = permuted({ kind: 'constant', dtype: 'float32', shape, values }, [0, 3, 1, 2]);
  const feed = new OrtTensor('float32', Float32Array.from(planes.values), [...planes.shape]);
  const found = await session.run({ [session.inputNames[0] ?? '']: feed });
  await session.release();
  const dtype = options.dtype === undefined ? {} : { dtype: options.dtype };
  const expected = await runInTensorFlow(
    { ...files, json: exportedFor(files.json, sides) },
    { shape, values, ...dtype },
    outputs,
  );
  return outputs.map((name, index) => {
    const theirs: Numbers = expected[index] ?? { shape: [], values: [] };
    const ours = { shape: found[name]?.dims ?? [], values: numbersOf(found[name]) };
    const reordered = channelsFirst.has(name)
      ? permuted({ kind: 'constant', dtype: 'float32', ...ours }, [0, 2, 3, 1])
      : ours;
    return { output: name, ...distance(reordered, theirs) };
  });
}

/** The model's JSON, changed as if it had been exported for a picture of these sides. */
function exportedFor(json: Uint8Array, [height, width]: readonly [number, number, number]): Uint8Array {
  interface Node {
    op: string;
    attr: { shape?: { shape: { dim: { size: string }[] } } };
  }
  const model = JSON.parse(new TextDecoder().decode(json)) as { modelTopology: { node: Node[] } };
  for (const { op, attr } of model.modelTopology.node) {
    const dims = attr.shape?.shape.dim ?? [];
    if (op === 'Placeholder' && dims.length === 4) dims.splice(1, 2, { size: String(height) }, { size: String(width) });
  }
  return new TextEncoder().encode(JSON.stringify(model));
}

function distance(ours: Numbers, theirs: Numbers): { difference: number; largest: number } {
  if (ours.shape.join() !== theirs.shape.join()) return { difference: Infinity, largest: 0 };
  let [difference, largest] = [0, 0];
  for (let index = 0; index < theirs.values.length; index++) {
    const [a, b] = [ours.values[index] ?? NaN, theirs.values[index] ?? 0];
    const apart = Math.abs(a - b) / Math.max(1, Math.abs(b));
    difference = apart > difference || Number.isNaN(apart) ? apart : difference;
    largest = Math.max(largest, Math.abs(b));
  }
  return { difference, largest };
}
