import { EarsightError } from '../../../core/errors.js';
import { addDims, subtractDims } from '../dim.js';
import type { Dim, Shape } from '../dim.js';
import type { Operator, Tensor } from '../ir.js';
import { axisOf, constantValues, emit, intAttribute, operatorName } from '../operator.js';
import * as o from '../operators/index.js';
import { permutation } from '../operators/layout.js';
import { sliceRanges } from '../operators/slice.js';
import type { SliceRange } from '../operators/slice.js';
import { unbroadcast, zeros } from './unbroadcast.js';
import { registerGradient, registerSimple, registerStop } from './rule.js';

for (const operator of [o.RESHAPE, o.SQUEEZE, o.UNSQUEEZE])
  registerSimple(operator, (dy, [x]) => (x === undefined ? [] : [o.reshape(dy, x.shape)]));

registerSimple(o.TRANSPOSE, (dy, _, { node }) => {
  const order = permutation(node);
  return [
    o.transpose(
      dy,
      order.map((__, axis) => order.indexOf(axis)),
    ),
  ];
});

registerSimple(o.EXPAND, (dy, [x]) => (x === undefined ? [] : [unbroadcast(dy, x.shape)]));
registerStop(o.SHAPE);

registerSimple(o.CONCAT, (dy, inputs, { node }) => {
  const axis = axisOf(node, intAttribute(node, 'axis', 0), dy.shape.length);
  return o.split(
    dy,
    inputs.map((input) => input.shape[axis] ?? 1),
    axis,
  );
});

registerGradient(o.SPLIT, ({ node, outputs, outputGradients }) => {
  const parts = outputs.map((output, index) => outputGradients[index] ?? zeros(output, output.shape));
  return [o.concat(parts, intAttribute(node, 'axis', 0))];
});

/** Adds `before` and `after` zeros to `dy` along `axis`. */
function padWithZeros(dy: Tensor, axis: number, before: Dim, after: Dim): Tensor {
  if (typeof before === 'number' && typeof after === 'number')
    return before === 0 && after === 0 ? dy : o.pad(dy, axis, before, after);
  const block = (length: Dim): Tensor[] => {
    const shape: Shape = dy.shape.map((dim, at) => (at === axis ? length : dim));
    return length === 0 ? [] : [zeros(dy, shape)];
  };
  return o.concat([...block(before), dy, ...block(after)], axis);
}

function unslice(dy: Tensor, length: Dim, range: SliceRange): Tensor {
  const { axis, start, step } = range;
  if (step < 0) {
    if (step === -1 && start === -1 && dy.shape[axis] === length) return o.reverse(dy, axis);
    throw unsupported(o.SLICE, 'backward steps other than the reversal of an axis');
  }
  const first = start < 0 ? addDims(length, start) : start;
  const spread = step === 1 ? dy : interleave(dy, axis, step);
  const after = subtractDims(subtractDims(length, first), spread.shape[axis] ?? 0);
  return padWithZeros(spread, axis, first, after);
}

/** Inserts `step - 1` zeros between the elements of `axis`. */
function interleave(dy: Tensor, axis: number, step: number): Tensor {
  const length = Number(dy.shape[axis]);
  const pairs = o.pad(o.unsqueeze(dy, [axis + 1]), axis + 1, 0, step - 1);
  const joined = dy.shape.map((dim, at) => (at === axis ? length * step : dim));
  return o.slice(o.reshape(pairs, joined), axis, 0, (length - 1) * step + 1);
}

registerSimple(o.SLICE, (dy, [x], { node }) => {
  if (x === undefined) return [];
  const ranges = sliceRanges(node).toReversed();
  return [ranges.reduce((gradient, range) => unslice(gradient, x.shape[range.axis] ?? 1, range), dy)];
});

registerSimple(o.PAD, (dy, [x], { node }) => {
  if ((node.attributes['mode'] ?? 'constant') !== 'constant') throw unsupported(o.PAD, 'only padding with a constant');
  const rank = x?.shape.length ?? 0;
  const pads = constantValues(node.inputs[1]) ?? [];
  let gradient = dy;
  for (let axis = 0; axis < rank; axis++) {
    const [before, after] = [pads[axis] ?? 0, pads[axis + rank] ?? 0];
    if (before < 0 || after < 0) gradient = o.pad(gradient, axis, Math.max(0, -before), Math.max(0, -after));
    if (before > 0 || after > 0)
      gradient = after > 0 ? o.slice(gradient, axis, Math.max(0, before), -after) : o.slice(gradient, axis, before);
  }
  return [gradient];
});

registerSimple(o.GATHER, (dy, [x, indices], { node }) => {
  if (x === undefined || indices === undefined) return [];
  const axis = axisOf(node, intAttribute(node, 'axis', 0), x.shape.length);
  const axes = dy.shape.map((_, at) => at);
  const looked = indices.shape.length;
  const rowsFirst = [...axes.slice(axis, axis + looked), ...axes.slice(0, axis), ...axes.slice(axis + looked)];
  const table: Shape = [x.shape[axis] ?? 1, ...x.shape.slice(0, axis), ...x.shape.slice(axis + 1)];
  const rows = o.unsqueeze(o.cast(indices, 'int64'), [-1]);
  const summed = o.scatterAdd(zeros(x, table), rows, o.transpose(dy, rowsFirst));
  const back = table.map((_, at) => (at < axis ? at + 1 : at === axis ? 0 : at));
  return [o.transpose(summed, back)];
});

registerSimple(o.SCATTER_ND, (dy, [x, indices], { node }) => {
  if (x === undefined || indices === undefined) return [];
  if (node.attributes['reduction'] !== 'add' || indices.shape.at(-1) !== 1)
    throw unsupported(o.SCATTER_ND, 'only sums of whole rows');
  return [dy, undefined, o.gather(dy, o.squeeze(indices, [-1]))];
});

registerSimple(o.TRILU, (dy, [, k], { node }) => [emit(o.TRILU, [dy, k], node.attributes)]);

function unsupported(operator: Operator, reason: string): EarsightError {
  return new EarsightError('EARSIGHT_GRAPH_GRADIENT', {
    operator: operatorName(operator.domain, operator.type),
    reason,
  });
}
