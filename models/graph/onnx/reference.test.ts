import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { serialise } from '../index.js';
import { buildCase, numbersOf, relativeDifference } from '../testing/operator-case.js';
import { OPERATOR_CASES } from '../testing/operator-cases.js';
import { runReference, hasReference, pythonWithOnnx } from '../testing/reference-evaluator.js';

const python = pythonWithOnnx();

/** onnxruntime's inverse DFT is accurate to 5e-8 for lengths that are not powers of two, even in double precision. */
const DOUBLE_TOLERANCE = 1e-7;
const SINGLE_TOLERANCE = 1e-4;

describe.skipIf(python === undefined)(
  "serialise against ONNX's own tools (skipped without a Python that has onnx)",
  () => {
    it('writes models that pass the checker and agree with the reference evaluator where it has the operators', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'earsight-onnx-'));
      const cases = OPERATOR_CASES.map((test, index) => {
        const built = buildCase(test, true);
        const model = join(folder, `${index}.onnx`);
        const bytes = serialise(built.graph);
        writeFileSync(model, bytes);
        const run = built.graph.nodes.every(hasReference);
        const feeds = Object.fromEntries(
          built.values.map((data, at) => [
            `x${at}`,
            { dtype: built.dtype, shape: built.shapes[at] ?? [], values: Array.from(data) },
          ]),
        );
        return { test, built, bytes, request: { model, run, feeds } };
      });
      const results = runReference(
        python ?? '',
        cases.map(({ request }) => request),
      );
      rmSync(folder, { recursive: true, force: true });
      const differing: string[] = [];
      for (const [index, { test, built, bytes, request }] of cases.entries()) {
        const { error, outputs } = results[index] ?? { error: 'no result', outputs: {} };
        if (error !== null) differing.push(`${test.name}: ${error}`);
        if (error !== null || !request.run) continue;
        const session = await InferenceSession.create(bytes);
        const found = await session.run(built.feeds());
        await session.release();
        const tolerance = built.dtype === 'float64' ? DOUBLE_TOLERANCE : SINGLE_TOLERANCE;
        for (const { name } of built.graph.outputs) {
          const difference = relativeDifference(numbersOf(found[name]), outputs[name] ?? []);
          if (!(difference < tolerance)) differing.push(`${test.name}: ${name} differs by ${difference}`);
        }
      }
      expect(differing).toEqual([]);
      expect(cases.filter(({ request }) => request.run).length).toBeGreaterThan(90);
    });
  },
);
