import type { Tensor } from '../../ir.js';
import * as o from '../../operators/index.js';
import type { Rule, NodeContext } from '../rule.js';
import { channelsFirst, picture, plain, shapeOf } from '../value.js';

const positive = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

function isPicture(context: NodeContext, index = 0): boolean {
  const value = context.input(index);
  return value.kind === 'computed' && value.channelsFirst;
}

const concat: Rule = (context) => {
  const parts = context.inputs.slice(0, -1);
  const axis = positive(context.number(context.inputs.length - 1), shapeOf(context.input(0)).length);
  if (parts.some((_, index) => isPicture(context, index)))
    return picture(
      o.concat(
        parts.map((part) => channelsFirst(context.graph, part)),
        [0, 2, 3, 1][axis] ?? axis,
      ),
    );
  return plain(
    o.concat(
      parts.map((_, index) => context.tensor(index)),
      axis,
    ),
  );
};

const pad: Rule = (context) => {
  const amounts = context.numbers(1);
  const value = context.inputs.length > 2 ? context.number(2) : 0;
  const pictures = isPicture(context);
  let x = pictures ? channelsFirst(context.graph, context.input(0)) : context.tensor(0);
  for (let axis = 0; axis < x.shape.length; axis++)
    x = o.pad(
      x,
      pictures ? ([0, 2, 3, 1][axis] ?? axis) : axis,
      amounts[2 * axis] ?? 0,
      amounts[2 * axis + 1] ?? 0,
      value,
    );
  return (pictures ? picture : plain)(x);
};

const squeeze: Rule = (context) => {
  const x = context.tensor(0);
  const named = context.ints('squeeze_dims').map((axis) => positive(axis, x.shape.length));
  const axes = named.length > 0 ? named : x.shape.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
  return plain(o.squeeze(x, axes));
};

const pack: Rule = (context) => {
  const axis = context.int('axis', 0);
  const parts = context.inputs.map((_, index) => o.unsqueeze(context.tensor(index), [axis]));
  return plain(o.concat(parts, positive(axis, parts[0]?.shape.length ?? 0)));
};

const unpack: Rule = (context) => {
  const x = context.tensor(0);
  const axis = positive(context.int('axis', 0), x.shape.length);
  const count = Number(x.shape[axis]);
  return Array.from({ length: count }, (_, index) => plain(o.squeeze(o.slice(x, axis, index, index + 1), [axis])));
};

const gather: Rule = (context) => {
  if (context.int('batch_dims', 0) !== 0) throw context.unknownForm('with batch axes');
  const x = context.tensor(0);
  const axis = context.inputs.length > 2 ? context.number(2) : 0;
  return plain(o.gather(x, context.tensor(1), positive(axis, x.shape.length)));
};

const stridedSlice: Rule = (context) => {
  // These masks cannot be tested: TensorFlow.js 4.22 gives wrong results for a dropped axis together with a step.
  for (const mask of ['ellipsis_mask', 'new_axis_mask', 'shrink_axis_mask'])
    if (context.int(mask, 0) !== 0) throw context.unknownForm(`with ${mask}`);
  const [begin, end, steps] = [context.numbers(1), context.numbers(2), context.numbers(3)];
  const has = (mask: string, axis: number): boolean => ((context.int(mask, 0) >> axis) & 1) === 1;
  let x: Tensor = context.tensor(0);
  begin.forEach((from, axis) => {
    const step = steps[axis] ?? 1;
    if (step < 0) throw context.unknownForm('backwards');
    const start = has('begin_mask', axis) ? 0 : from;
    const stop = has('end_mask', axis) ? undefined : end[axis];
    if (start !== 0 || stop !== undefined || step !== 1) x = o.slice(x, axis, start, stop, step);
  });
  return plain(x);
};

/** Operators that move elements. */
export const LAYOUT_RULES: Readonly<Record<string, Rule>> = {
  Identity: (context) => context.input(0),
  ConcatV2: concat,
  Pad: pad,
  PadV2: pad,
  Reshape: (context) => plain(o.reshape(context.tensor(0), context.numbers(1))),
  ExpandDims: (context) => plain(o.unsqueeze(context.tensor(0), [context.number(1)])),
  Squeeze: squeeze,
  Transpose: (context) => plain(o.transpose(context.tensor(0), context.numbers(1))),
  Pack: pack,
  Unpack: unpack,
  GatherV2: gather,
  GatherNd: (context) => plain(o.gatherND(context.tensor(0), context.tensor(1))),
  StridedSlice: stridedSlice,
};
