import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { pythonWith } from '../../../fixtures/python.js';
import type { Node } from '../ir.js';

/** Versions the tests were written with; both wheels exist for Python 3.10 and newer. */
const PACKAGES = ['onnx==1.23.2', 'numpy<3'];
const RUN_TIMEOUT_MS = 120_000;

export function pythonWithOnnx(): string | undefined {
  return pythonWith({ name: 'onnx', modules: ['onnx.reference', 'numpy'], packages: PACKAGES });
}

/** onnx has no reference for onnxruntime's own operators, and its ConvTranspose (1.23) cannot do groups. */
export function hasReference({ operator, attributes }: Node): boolean {
  return operator.domain === '' && !(operator.type === 'ConvTranspose' && Number(attributes['group'] ?? 1) > 1);
}

export interface ReferenceCase {
  readonly model: string;
  /** False: only check, for operators that onnx has no reference for. */
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
  // Python writes NaN and Infinity, which JSON does not have; no expected value is one.
  return JSON.parse(stdout.replaceAll(/\b-?Infinity\b|\bNaN\b/g, 'null')) as ReferenceResult[];
}
