import { addDims } from '../dim.js';
import type { Dim } from '../dim.js';
import type { Tensor } from '../ir.js';
import { axisOf, declare, elementsOf, emit, intAttribute, required, sharedDtype, shapeError } from '../operator.js';

export const CONCAT = declare({
  type: 'Concat',
  since: 13,
  arity: [1, 1024],
  attributes: { axis: 'int' },
  infer: (call) => {
    const first = required(call, 0).shape;
    const axis = axisOf(call, intAttribute(call, 'axis', 0), first.length);
    let length: Dim = 0;
    const elements: Dim[] = [];
    let known = true;
    for (const input of call.inputs) {
      const { shape } = input ?? required(call, 0);
      if (shape.length !== first.length || shape.some((dim, other) => other !== axis && dim !== first[other]))
        throw shapeError(call, `all axes but ${axis} must be equal`);
      length = addDims(length, shape[axis] ?? 0);
      const part = input?.dtype === 'int64' && shape.length === 1 ? elementsOf(input) : undefined;
      if (part === undefined) known = false;
      else elements.push(...part);
    }
    const shape = first.map((dim, other) => (other === axis ? length : dim));
    return [{ dtype: sharedDtype(call), shape, elements: known ? elements : undefined }];
  },
});

/**
 * The maximum number of tensors that one Concat node joins or one Split node makes. WebGPU guarantees a shader eight
 * storage buffers, of which one holds the joined tensor; onnxruntime 1.30 fails if a node needs more than the device
 * has.
 */
export const MAX_PARTS = 7;

/** Concatenates the parts along `axis`. More parts than one node may join go through a tree of nodes. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  let level = parts;
  while (level.length > MAX_PARTS) {
    const joined: Tensor[] = [];
    for (let at = 0; at < level.length; at += MAX_PARTS) {
      const group = level.slice(at, at + MAX_PARTS);
      const [only] = group;
      joined.push(group.length === 1 && only !== undefined ? only : emit(CONCAT, group, { axis }));
    }
    level = joined;
  }
  return emit(CONCAT, level, { axis });
}
