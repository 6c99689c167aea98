import { isFloat } from '../dtype.js';
import type { Operator, Tensor } from '../ir.js';
import * as o from '../operators/index.js';
import { unbroadcast } from './unbroadcast.js';
import { registerSimple, registerStop } from './rule.js';

/** Registers the gradient of y = f(x): `derivative` returns dy · f'(x), expressed in x and y. */
function unary(operator: Operator, derivative: (dy: Tensor, x: Tensor, y: Tensor) => Tensor): void {
  registerSimple(operator, (dy, [x], { outputs: [y] }) =>
    x === undefined || y === undefined ? [] : [derivative(dy, x, y)],
  );
}

unary(o.IDENTITY, (dy) => dy);
unary(o.NEG, (dy) => o.neg(dy));
// Does not use Sign, for which onnxruntime 1.30 has no webgpu kernel.
unary(o.ABS, (dy, x) => o.where(o.less(x, 0), o.neg(dy), dy));
unary(o.EXP, (dy, _, y) => o.mul(dy, y));
unary(o.LOG, (dy, x) => o.div(dy, x));
unary(o.SQRT, (dy, _, y) => o.div(o.mul(dy, 0.5), y));
unary(o.RECIPROCAL, (dy, _, y) => o.neg(o.mul(dy, o.mul(y, y))));
unary(o.SIN, (dy, x) => o.mul(dy, o.cos(x)));
unary(o.COS, (dy, x) => o.neg(o.mul(dy, o.sin(x))));
unary(o.TANH, (dy, _, y) => o.mul(dy, o.sub(1, o.mul(y, y))));
unary(o.SIGMOID, (dy, _, y) => o.mul(dy, o.mul(y, o.sub(1, y))));
unary(o.RELU, (dy, x) => o.where(o.greater(x, 0), dy, 0));
unary(o.SOFTPLUS, (dy, x) => o.mul(dy, o.sigmoid(x)));
unary(o.ERF, (dy, x) => o.mul(dy, o.mul(o.exp(o.neg(o.mul(x, x))), 2 / Math.sqrt(Math.PI))));
registerStop(o.SIGN, o.FLOOR);

/** Registers the gradients of y = f(a, b): `partials` returns both before broadcasting is undone. */
function binary(operator: Operator, partials: (dy: Tensor, a: Tensor, b: Tensor, y: Tensor) => [Tensor, Tensor]): void {
  registerSimple(operator, (dy, [a, b], { outputs: [y] }) => {
    if (a === undefined || b === undefined || y === undefined) return [];
    const [da, db] = partials(dy, a, b, y);
    return [unbroadcast(da, a.shape), unbroadcast(db, b.shape)];
  });
}

binary(o.ADD, (dy) => [dy, dy]);
binary(o.SUB, (dy) => [dy, o.neg(dy)]);
binary(o.MUL, (dy, a, b) => [o.mul(dy, b), o.mul(dy, a)]);
binary(o.DIV, (dy, _, b, y) => {
  const da = o.div(dy, b);
  return [da, o.neg(o.mul(da, y))];
});
// The gradient of the exponent is set to zero where the base has no logarithm; it is unused for a constant exponent.
// The gradient of the base is zero for an exponent of zero. Without the special case, a base of 0 would give 0 · (1 /
// 0).
binary(o.POW, (dy, a, b, y) => [
  o.mul(dy, o.mul(b, o.pow(a, o.where(o.equal(b, 0), 1, o.sub(b, 1))))),
  o.mul(dy, o.mul(y, o.log(o.where(o.greater(a, 0), a, 1)))),
]);
// For equal elements, the first operand gets the gradient.
binary(o.MAX, (dy, a, b) => [o.where(o.greaterOrEqual(a, b), dy, 0), o.where(o.less(a, b), dy, 0)]);
binary(o.MIN, (dy, a, b) => [o.where(o.lessOrEqual(a, b), dy, 0), o.where(o.greater(a, b), dy, 0)]);
registerStop(o.EQUAL, o.GREATER, o.LESS, o.GREATER_OR_EQUAL, o.LESS_OR_EQUAL);

registerSimple(o.WHERE, (dy, [condition, yes, no]) => {
  if (condition === undefined || yes === undefined || no === undefined) return [];
  return [
    undefined,
    unbroadcast(o.where(condition, dy, 0), yes.shape),
    unbroadcast(o.where(condition, 0, dy), no.shape),
  ];
});

registerSimple(o.CLIP, (dy, _, { inputs: [x, low, high] }) => {
  if (x === undefined) return [];
  const above = low === undefined ? dy : o.where(o.greaterOrEqual(x, low), dy, 0);
  return [high === undefined ? above : o.where(o.lessOrEqual(x, high), above, 0)];
});

registerSimple(o.CAST, (dy, [x]) => (x !== undefined && isFloat(x.dtype) ? [o.cast(dy, x.dtype)] : []));
registerStop(o.NOT);
