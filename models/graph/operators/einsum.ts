import type { Dim } from '../dim.js';
import type { Call, Tensor } from '../ir.js';
import { declare, emit, floatDtype, required, shapeError } from '../operator.js';

export interface EinsumEquation {
  readonly operands: readonly string[];
  readonly result: string;
}

/** Parses an equation such as `ij,jk->ik`. The result must be explicit, and no term may contain a letter twice. */
export function parseEquation(call: Pick<Call, 'operator' | 'inputs' | 'attributes'>): EinsumEquation {
  const text = String(call.attributes['equation']).replaceAll(' ', '');
  const [left, result] = text.split('->');
  if (left === undefined || result === undefined || !/^[A-Za-z,]*$/.test(left + result))
    throw shapeError(call, `"${text}" is not an equation with a result and one letter an axis`);
  const operands = left.split(',');
  for (const term of [...operands, result])
    if (new Set(term).size !== term.length) throw shapeError(call, `a letter stands twice in "${term}"`);
  return { operands, result };
}

export const EINSUM = declare({
  type: 'Einsum',
  since: 12,
  arity: [1, 8],
  attributes: { equation: 'string' },
  infer: (call) => {
    const { operands, result } = parseEquation(call);
    if (operands.length !== call.inputs.length) throw shapeError(call, `takes ${operands.length} operands`);
    const dims = new Map<string, Dim>();
    operands.forEach((term, index) => {
      const { shape } = required(call, index);
      if (shape.length !== term.length) throw shapeError(call, `"${term}" names ${term.length} axes`);
      shape.forEach((dim, axis) => {
        const letter = term[axis] ?? '';
        const known = dims.get(letter) ?? dim;
        if (known !== dim) throw shapeError(call, `${letter} is ${known} and ${dim}`);
        dims.set(letter, dim);
      });
    });
    const shape = Array.from(result).map((letter) => {
      const dim = dims.get(letter);
      if (dim === undefined) throw shapeError(call, `${letter} of the result is in no operand`);
      return dim;
    });
    return [{ dtype: floatDtype(call), shape }];
  },
});

/** Sum of products over axes named by letters, for example `einsum('bthd,bshd->bhts', q, k)`. */
export const einsum = (equation: string, ...operands: readonly Tensor[]): Tensor =>
  emit(EINSUM, operands, { equation });
