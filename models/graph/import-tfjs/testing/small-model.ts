import type { ModelFiles } from './tensorflow.js';

type Attribute = Record<string, unknown>;

export interface SmallNode {
  readonly op: string;
  /** Names of earlier nodes; `x` is the input, and `w0`, `w1` … are the constants. */
  readonly input: readonly string[];
  readonly attr?: Readonly<Record<string, Attribute>>;
}

export interface SmallWeight {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly dtype?: 'float32' | 'int32';
  readonly quantization?: { readonly dtype: 'uint8'; readonly scale: number; readonly min: number };
}

export const text = (value: string): Attribute => ({ s: Buffer.from(value).toString('base64') });
export const ints = (...values: number[]): Attribute => ({ list: { i: values.map(String) } });
export const flag = (value: boolean): Attribute => ({ b: value });
export const int = (value: number): Attribute => ({ i: String(value) });
export const type = (value: string): Attribute => ({ type: value });

/**
 * Writes a graph model of a few nodes in TensorFlow.js' format. Node i is called `n<i>`; the last node is the output.
 */
export function smallModel(
  inputShape: readonly number[],
  weights: readonly SmallWeight[],
  nodes: readonly SmallNode[],
): ModelFiles {
  const dim = inputShape.map((size) => ({ size: String(size) }));
  const constants = weights.map(({ dtype = 'float32' }, index) => ({
    name: `w${index}`,
    op: 'Const',
    attr: { dtype: type(dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT') },
  }));
  const last = `n${nodes.length - 1}`;
  const json = {
    format: 'graph-model',
    signature: { outputs: { [last]: { name: `${last}:0` } } },
    modelTopology: {
      node: [
        { name: 'x', op: 'Placeholder', attr: { shape: { shape: { dim } }, dtype: type('DT_FLOAT') } },
        ...constants,
        ...nodes.map(({ op, input, attr = {} }, index) => ({
          name: `n${index}`,
          op,
          input,
          attr: { T: type('DT_FLOAT'), ...attr },
        })),
      ],
      versions: { producer: 1 },
    },
    weightsManifest: [
      {
        paths: ['small.bin'],
        weights: weights.map(({ shape, dtype = 'float32', quantization }, index) => ({
          name: `w${index}`,
          shape,
          dtype,
          ...(quantization === undefined ? {} : { quantization }),
        })),
      },
    ],
  };
  const bytes = weights.map(({ values, dtype, quantization }) =>
    Buffer.from(
      (quantization ? Uint8Array.from(values) : dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values))
        .buffer,
    ),
  );
  return { json: Buffer.from(JSON.stringify(json)), weights: Buffer.concat(bytes) };
}
