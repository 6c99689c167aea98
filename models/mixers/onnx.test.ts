import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { serialise } from '../graph/index.js';
import { readModel } from '../graph/onnx/read-model.js';
import {
  runReference,
  hasReference,
  pythonWithOnnx,
  type ReferenceCase,
} from '../graph/testing/reference-evaluator.js';
import { ADAMW_DEFAULTS } from '../train/adamw.js';
import { buildStepModels } from '../train/step-models.js';
import { intervals } from '../train/tasks/intervals.js';
import { longRangeRecall } from '../train/tasks/long-range-recall.js';
import { MIXERS } from './members.js';
import { writeLayer } from './testing/layer-session.js';
import { noise, relativeError } from './testing/rows.js';

const python = pythonWithOnnx();
const LENGTH = 21;
const BATCH = 2;

interface Emitted {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Sizes of the named dimensions. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** The layer of every member in every direction, form and precision, whole and streamed, and its training graphs. */
function emitted(): readonly Emitted[] {
  return MIXERS.flatMap((mixer) => {
    const { name, direction } = mixer.declaration;
    const directions = direction === 'either' ? (['causal', 'bidirectional'] as const) : [direction];
    const layers = directions.flatMap((way) =>
      ([{ kind: 'native' }, { kind: 'chunked', chunk: 8 }] as const).flatMap((form) =>
        (['float32', 'float16'] as const).flatMap((dtype) => {
          const writing = { length: LENGTH, direction: way, layer: 0, form, dtype, masked: way === 'bidirectional' };
          const streams = way === 'causal' && mixer.carriedTypes !== undefined ? [false, true] : [false];
          return streams.map((streamed) => ({
            name: `${name}, ${way}, ${form.kind}, ${dtype}${streamed ? ', streamed' : ''}`,
            bytes: serialise(writeLayer(mixer, { ...writing, streamed }).graph),
            sizes: { B: BATCH },
          }));
        }),
      ),
    );
    const task = direction === 'bidirectional' ? intervals(12, BATCH) : longRangeRecall(4, BATCH);
    const network = { name: task.name, build: build.bind(null, task, mixer) };
    const { step, evaluate, read, first, stateNames } = buildStepModels(network, 1, { optimiser: ADAMW_DEFAULTS });
    const lengths = stateNames.map((state, at): [string, number] => [`P_${at}`, first[state]?.length ?? 0]);
    const groups = Object.entries(first).map(([state, { length }]): [string, number] => [
      state.replace('state/', 'P_'),
      length,
    ]);
    const sizes = { B: BATCH, ...Object.fromEntries([...lengths, ...groups]) };
    const training = Object.entries({ step, evaluate, read });
    return [...layers, ...training.map(([part, bytes]) => ({ name: `${name}, training: ${part}`, bytes, sizes }))];
  });
}

type Task = ReturnType<typeof intervals>;

function build(
  task: Task,
  mixer: (typeof MIXERS)[number],
  graph: Parameters<Task['build']>[0],
): ReturnType<Task['build']> {
  return task.build(graph, mixer, { width: 8, layers: 1, heads: 2, seed: 1 });
}

describe.skipIf(python === undefined)(
  "ONNX's own tools on every member (skipped without a Python that has onnx)",
  () => {
    it('accept every model, and the reference evaluator gives the outputs of onnxruntime where it has the operators', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'earsight-mixers-'));
      const models = emitted();
      const questions = models.map(({ bytes, sizes }, index): ReferenceCase => {
        const model = join(folder, `${index}.onnx`);
        writeFileSync(model, bytes);
        const graph = readModel(bytes);
        const run = graph.nodes.every(hasReference) && graph.inputs.every(({ dtype }) => dtype === 'float32');
        const feeds = Object.fromEntries(
          graph.inputs.map(({ name, shape }, at) => {
            const dims = shape.map((dim) => (typeof dim === 'number' ? dim : (sizes[dim] ?? Number.NaN)));
            const count = dims.reduce((product, dim) => product * dim, 1);
            // Masks, bias corrections and second moments must not be negative or zero; they are ones.
            const values = /mask|schedule|second/.test(name) ? new Float32Array(count).fill(1) : noise(count, at + 1);
            return [name, { dtype: 'float32', shape: dims, values: Array.from(values) }];
          }),
        );
        return { model, run, feeds };
      });
      const answers = runReference(python ?? '', questions);
      rmSync(folder, { recursive: true, force: true });
      const differing: string[] = [];
      for (const [index, { name, bytes }] of models.entries()) {
        const { error, outputs } = answers[index] ?? { error: 'no answer', outputs: {} };
        const question = questions[index];
        if (error !== null) differing.push(`${name}: ${error}`);
        if (error !== null || question?.run !== true) continue;
        const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 });
        const found = await session.run(
          Object.fromEntries(
            Object.entries(question.feeds).map(([input, { values, shape }]) => [
              input,
              new OrtTensor('float32', Float32Array.from(values), shape),
            ]),
          ),
        );
        for (const [output, tensor] of Object.entries(found)) {
          const difference = relativeError(tensor.data as Float32Array, outputs[output] ?? []);
          if (!(difference < 1e-4)) differing.push(`${name}: ${output} differs by ${difference}`);
        }
        await session.release();
      }
      expect(differing).toEqual([]);
      const asked = questions.filter(({ run }) => run).length;
      console.log(`onnx checked ${models.length} models and evaluated ${asked}`);
      expect(asked).toBeGreaterThan(40);
    }, 240_000);
  },
);
