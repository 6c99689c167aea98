import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { pythonWith } from '../../../fixtures/python.js';
import type { Node } from '../ir.js';

/** The versions with which the tests were written; both have wheels for Python 3.10 and newer. */
const PACKAGES = ['onnx==1.23.2', 'numpy<3'];
const RUN_TIMEOUT_MS = 120_000;

export function pythonWithOnnx(): string | undefined {
  return pythonWith({ name: 'onnx', modules: ['onnx.reference', 'numpy'], packages: PACKAGES });
}

/**
 * False for onnxruntime's own operators, and for grouped ConvTranspose, which onnx 1.23's reference does not support.
 */
export function hasReference({ operator, attributes }: Node): boolean {
  return operator.domain === '' && !(operator.type === 'ConvTranspose' && Number(attributes['group'] ?? 1) > 1);
}

export interface ReferenceCase {
  readonly model: string;
  /** Whether to run the model. False: only check it, for models with operators without a reference. */
  readonly run: boolean;
  readonly feeds: Readonly<Record<string, { dtype: string; shape: readonly number[]; values: readonly number[] }>>;
}

export interface ReferenceResult {
  readonly error: string | null;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
}

export function runReference(python: string, cases: readonly ReferenceCase[]): readonly ReferenceResult[] {
  const script = fileURLToPath(new URL('./reference.py', import.meta.url));
  const { status, stdout, stderr } = spawnSync(python, [script], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
    timeout: RUN_TIMEOUT_MS,
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`the reference evaluator failed: ${stderr}`);
  // Python writes NaN and Infinity, which are not JSON. No expected value is one of them.
  return JSON.parse(stdout.replaceAll(/\b-?Infinity\b|\bNaN\b/g, 'null')) as ReferenceResult[];
}
