import type { Dtype } from '../../dtype.js';
import type { Tensor } from '../../ir.js';
import * as o from '../../operators/index.js';
import type { Rule, NodeContext } from '../rule.js';
import { broadcastableToPictures, inTensorFlowOrder, picture, plain, shapeOf, type Value } from '../value.js';

/** The operands in one common order of axes: channels-first if at least one of them is a channels-first picture. */
function aligned(context: NodeContext, values: readonly Value[]): { tensors: readonly Tensor[]; pictures: boolean } {
  const pictures =
    values.some((value) => value.kind === 'computed' && value.channelsFirst) &&
    values.every((value) => shapeOf(value).length <= 4);
  const order = pictures ? broadcastableToPictures : inTensorFlowOrder;
  return { tensors: values.map((value) => order(context.graph, value)), pictures };
}

function binary(build: (a: Tensor, b: Tensor) => Tensor): Rule {
  return (context) => {
    const { tensors, pictures } = aligned(context, [context.input(0), context.input(1)]);
    const [a, b] = tensors;
    if (a === undefined || b === undefined) throw context.unreadable('takes two inputs');
    return (pictures ? picture : plain)(build(a, b));
  };
}

function unary(build: (x: Tensor) => Tensor): Rule {
  return (context) => {
    const { tensors, pictures } = aligned(context, [context.input(0)]);
    const [x] = tensors;
    if (x === undefined) throw context.unreadable('takes an input');
    return (pictures ? picture : plain)(build(x));
  };
}

/** Division rounded towards minus infinity, for integers too. */
function floorDivide(a: Tensor, b: Tensor): Tensor {
  return a.dtype === 'float32' ? o.floor(o.div(a, b)) : o.div(o.sub(a, o.mod(a, b)), b);
}

/** The remainder of `floorDivide`, which has the sign of the divisor. */
function floorRemainder(a: Tensor, b: Tensor): Tensor {
  return a.dtype === 'float32' ? o.sub(a, o.mul(b, floorDivide(a, b))) : o.mod(a, b);
}

/**
 * All integers become int64, because the only integers in these models are indices and shapes, which ONNX has as int64.
 */
const CASTS: Readonly<Record<string, Dtype>> = {
  DT_FLOAT: 'float32',
  DT_INT32: 'int64',
  DT_INT64: 'int64',
  DT_BOOL: 'bool',
};

const cast: Rule = (context) => {
  const dtype = CASTS[context.type('DstT')];
  if (dtype === undefined) throw context.unknownForm(`to ${context.type('DstT')}`);
  return unary((x) => o.cast(x, dtype))(context);
};

export const ELEMENTWISE_RULES: Readonly<Record<string, Rule>> = {
  Add: binary(o.add),
  AddV2: binary(o.add),
  BiasAdd: binary(o.add),
  Sub: binary(o.sub),
  Mul: binary(o.mul),
  RealDiv: binary(o.div),
  FloorDiv: binary(floorDivide),
  FloorMod: binary(floorRemainder),
  Maximum: binary(o.max),
  Minimum: binary(o.min),
  Pow: binary(o.pow),
  SquaredDifference: binary((a, b) => square(o.sub(a, b))),
  Equal: binary(o.equal),
  Greater: binary(o.greater),
  GreaterEqual: binary(o.greaterOrEqual),
  Less: binary(o.less),
  LessEqual: binary(o.lessOrEqual),
  Relu: unary(o.relu),
  Relu6: unary((x) => o.clip(x, 0, 6)),
  Sigmoid: unary(o.sigmoid),
  Tanh: unary(o.tanh),
  Exp: unary(o.exp),
  Sqrt: unary(o.sqrt),
  Rsqrt: unary((x) => o.reciprocal(o.sqrt(x))),
  Square: unary(square),
  Neg: unary(o.neg),
  Abs: unary(o.abs),
  Cast: cast,
};

function square(x: Tensor): Tensor {
  return o.mul(x, x);
}
