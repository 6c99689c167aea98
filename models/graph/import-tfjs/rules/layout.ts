import type { Tensor } from '../../ir.js';
import * as o from '../../operators/index.js';
import type { Rule, NodeContext } from '../rule.js';
import { channelsFirst, picture, plain, shapeOf } from '../value.js';

const positive = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

function isPicture(site: NodeContext, index = 0): boolean {
  const value = site.input(index);
  return value.kind === 'computed' && value.channelsFirst;
}

const concat: Rule = (site) => {
  const parts = site.inputs.slice(0, -1);
  const axis = positive(site.number(site.inputs.length - 1), shapeOf(site.input(0)).length);
  if (parts.some((_, index) => isPicture(site, index)))
    return picture(
      o.concat(
        parts.map((part) => channelsFirst(site.graph, part)),
        [0, 2, 3, 1][axis] ?? axis,
      ),
    );
  return plain(
    o.concat(
      parts.map((_, index) => site.tensor(index)),
      axis,
    ),
  );
};

const pad: Rule = (site) => {
  const amounts = site.numbers(1);
  const value = site.inputs.length > 2 ? site.number(2) : 0;
  const pictures = isPicture(site);
  let x = pictures ? channelsFirst(site.graph, site.input(0)) : site.tensor(0);
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

const squeeze: Rule = (site) => {
  const x = site.tensor(0);
  const named = site.ints('squeeze_dims').map((axis) => positive(axis, x.shape.length));
  const axes = named.length > 0 ? named : x.shape.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
  return plain(o.squeeze(x, axes));
};

const pack: Rule = (site) => {
  const axis = site.int('axis', 0);
  const parts = site.inputs.map((_, index) => o.unsqueeze(site.tensor(index), [axis]));
  return plain(o.concat(parts, positive(axis, parts[0]?.shape.length ?? 0)));
};

const unpack: Rule = (site) => {
  const x = site.tensor(0);
  const axis = positive(site.int('axis', 0), x.shape.length);
  const count = Number(x.shape[axis]);
  return Array.from({ length: count }, (_, index) => plain(o.squeeze(o.slice(x, axis, index, index + 1), [axis])));
};

const gather: Rule = (site) => {
  if (site.int('batch_dims', 0) !== 0) throw site.unknownForm('with batch axes');
  const x = site.tensor(0);
  const axis = site.inputs.length > 2 ? site.number(2) : 0;
  return plain(o.gather(x, site.tensor(1), positive(axis, x.shape.length)));
};

const stridedSlice: Rule = (site) => {
  // TensorFlow.js itself is wrong about a dropped axis beside a step (4.22), so nothing could be compared with.
  for (const mask of ['ellipsis_mask', 'new_axis_mask', 'shrink_axis_mask'])
    if (site.int(mask, 0) !== 0) throw site.unknownForm(`with ${mask}`);
  const [begin, end, steps] = [site.numbers(1), site.numbers(2), site.numbers(3)];
  const has = (mask: string, axis: number): boolean => ((site.int(mask, 0) >> axis) & 1) === 1;
  let x: Tensor = site.tensor(0);
  begin.forEach((from, axis) => {
    const step = steps[axis] ?? 1;
    if (step < 0) throw site.unknownForm('backwards');
    const start = has('begin_mask', axis) ? 0 : from;
    const stop = has('end_mask', axis) ? undefined : end[axis];
    if (start !== 0 || stop !== undefined || step !== 1) x = o.slice(x, axis, start, stop, step);
  });
  return plain(x);
};

/** Operators that move elements. */
export const LAYOUT_RULES: Readonly<Record<string, Rule>> = {
  Identity: (site) => site.input(0),
  ConcatV2: concat,
  Pad: pad,
  PadV2: pad,
  Reshape: (site) => plain(o.reshape(site.tensor(0), site.numbers(1))),
  ExpandDims: (site) => plain(o.unsqueeze(site.tensor(0), [site.number(1)])),
  Squeeze: squeeze,
  Transpose: (site) => plain(o.transpose(site.tensor(0), site.numbers(1))),
  Pack: pack,
  Unpack: unpack,
  GatherV2: gather,
  GatherNd: (site) => plain(o.gatherND(site.tensor(0), site.tensor(1))),
  StridedSlice: stridedSlice,
};
