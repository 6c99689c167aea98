import { EarsightError } from '../../../core/errors.js';
import { addDims, broadcastShapes, multiplyDims } from '../dim.js';
import type { Shape } from '../dim.js';
import { isFloat } from '../dtype.js';
import type { Call, Operator, OutputType, Tensor } from '../ir.js';
import { declare, elementsOf, emit, operand, required, sharedDtype, shapeError } from '../operator.js';
import type { Operand } from '../operator.js';

/** The shape to which all inputs of `call` broadcast by NumPy's rules. */
export function broadcastAll(call: Call): Shape {
  let shape: Shape = [];
  for (const input of call.inputs) {
    const next = broadcastShapes(shape, input?.shape ?? []);
    if (next === undefined) throw shapeError(call, 'the shapes do not broadcast');
    shape = next;
  }
  return shape;
}

function arithmetic(type: string, since: number): Operator {
  return declare({
    type,
    since,
    arity: [2, 2],
    infer: (call) => [{ dtype: sharedDtype(call), shape: broadcastAll(call), elements: combinedDims(call) }],
  });
}

/** Sum or product of two shape vectors of one element each, by which a compound dimension is computed at run time. */
function combinedDims(call: Call): OutputType['elements'] {
  const combine = { Add: addDims, Mul: multiplyDims }[call.operator.type];
  if (combine === undefined || required(call, 0).dtype !== 'int64') return undefined;
  const [a, b] = [elementsOf(call.inputs[0]), elementsOf(call.inputs[1])];
  if (a?.length !== 1 || b?.length !== 1) return undefined;
  return a.flatMap((x) => b.map((y) => combine(x, y)));
}

function comparison(type: string, since: number): Operator {
  return declare({
    type,
    since,
    arity: [2, 2],
    infer: (call) => {
      sharedDtype(call);
      return [{ dtype: 'bool', shape: broadcastAll(call) }];
    },
  });
}

export const ADD = arithmetic('Add', 14);
export const SUB = arithmetic('Sub', 14);
export const MUL = arithmetic('Mul', 14);
export const DIV = arithmetic('Div', 14);
export const POW = arithmetic('Pow', 15);
/** The result has the sign of the divisor, as in Python. */
export const MOD = declare({
  type: 'Mod',
  since: 13,
  arity: [2, 2],
  infer: (call) => {
    const dtype = sharedDtype(call);
    if (isFloat(dtype)) throw shapeError(call, `${dtype} elements where whole numbers are needed`);
    return [{ dtype, shape: broadcastAll(call) }];
  },
});
export const MAX = arithmetic('Max', 13);
export const MIN = arithmetic('Min', 13);
export const EQUAL = comparison('Equal', 13);
export const GREATER = comparison('Greater', 13);
export const LESS = comparison('Less', 13);
export const GREATER_OR_EQUAL = comparison('GreaterOrEqual', 16);
export const LESS_OR_EQUAL = comparison('LessOrEqual', 16);

function pair(operator: Operator, a: Operand, b: Operand): Tensor {
  const like = typeof a === 'number' ? b : a;
  if (typeof like === 'number')
    throw new EarsightError('EARSIGHT_GRAPH_INVALID', { reason: `${operator.type} of two plain numbers` });
  return emit(operator, [operand(like, a), operand(like, b)]);
}

export const add = (a: Operand, b: Operand): Tensor => pair(ADD, a, b);
export const sub = (a: Operand, b: Operand): Tensor => pair(SUB, a, b);
export const mul = (a: Operand, b: Operand): Tensor => pair(MUL, a, b);
export const div = (a: Operand, b: Operand): Tensor => pair(DIV, a, b);
export const pow = (a: Operand, b: Operand): Tensor => pair(POW, a, b);
/** The remainder of an integer division, with the sign of the divisor. */
export const mod = (a: Operand, b: Operand): Tensor => pair(MOD, a, b);
/** The element-wise maximum. */
export const max = (a: Operand, b: Operand): Tensor => pair(MAX, a, b);
/** The element-wise minimum. */
export const min = (a: Operand, b: Operand): Tensor => pair(MIN, a, b);
export const equal = (a: Operand, b: Operand): Tensor => pair(EQUAL, a, b);
export const greater = (a: Operand, b: Operand): Tensor => pair(GREATER, a, b);
export const less = (a: Operand, b: Operand): Tensor => pair(LESS, a, b);
export const greaterOrEqual = (a: Operand, b: Operand): Tensor => pair(GREATER_OR_EQUAL, a, b);
export const lessOrEqual = (a: Operand, b: Operand): Tensor => pair(LESS_OR_EQUAL, a, b);
