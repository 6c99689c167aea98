import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { readGraphModel } from '../graph-model.js';

/** The files of a graph model: its `.json`, and the bytes of all its weight files. */
export interface ModelFiles {
  readonly json: Uint8Array;
  readonly weights: Uint8Array;
}

export interface Numbers {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** Selects the wasm backend of TensorFlow.js, on which `runInTensorFlow` runs. */
export async function openTensorFlow(): Promise<void> {
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(entry) + sep);
  await tf.setBackend('wasm');
}

export async function runInTensorFlow(
  { json, weights }: ModelFiles,
  input: { readonly shape: number[]; readonly values: Float32Array; readonly dtype?: 'float32' | 'int32' },
  outputs: readonly string[],
): Promise<readonly Numbers[]> {
  const { modelTopology } = JSON.parse(new TextDecoder().decode(json)) as { modelTopology: object };
  const weightSpecs = readGraphModel(json).weightGroups.flatMap(
    (group) => group.weights,
  ) as tf.io.WeightsManifestEntry[];
  const weightData = new Uint8Array(weights).buffer;
  const model = await loadGraphModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
  const x = tf.tensor(input.values, input.shape, input.dtype ?? 'float32');
  const results = [model.execute(x, [...outputs])].flat();
  const numbers: Numbers[] = [];
  for (const result of results) numbers.push({ shape: result.shape, values: await result.data<'float32'>() });
  tf.dispose([x, ...results]);
  model.dispose();
  return numbers;
}
