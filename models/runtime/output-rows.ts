import type { Tensor } from 'onnxruntime-node';

/** An output of one row an item. Of a network that has another number of them, no row is known to be an item's. */
export function floatsOf(
  tensor: Tensor | undefined,
  name: string,
  items: number,
): { readonly data: Float32Array; readonly dims: readonly number[] } {
  if (!(tensor?.data instanceof Float32Array)) throw new Error(`output ${name} is not float32`);
  const { data, dims } = tensor;
  if (dims[0] !== items) throw new Error(`output ${name} is [${dims.join(', ')}] for a batch of ${items}`);
  return { data, dims };
}
