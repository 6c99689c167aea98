import { describe, expect, it } from 'vitest';
import { Graph, reduceSum, serialise } from '../index.js';
import { declaredOperators, operatorName } from '../operator.js';
import { compareGradients } from '../testing/central-differences.js';
import { OPERATOR_CASES } from '../testing/operator-cases.js';
import { gradientRule, gradients } from './index.js';

describe('gradients agree with central differences', () => {
  for (const test of OPERATOR_CASES)
    for (const named of [false, true])
      it(`${test.name}${named ? ', named dimensions' : ''}`, async () => {
        const { worst, elements } = await compareGradients(test, named);
        expect(elements).toBeGreaterThan(1);
        expect(worst).toBeLessThan(test.dtype === 'float32' ? 1e-2 : 1e-7);
      });

  it('has a rule for every operator', () => {
    const without = declaredOperators().filter((operator) => gradientRule(operator) === undefined);
    expect(without.map(({ domain, type }) => operatorName(domain, type))).toEqual([]);
  });

  it('gives zeros where the loss does not depend on a tensor', () => {
    const g = new Graph();
    const x = g.input('x', 'float32', ['B', 2]);
    const w = g.parameter('w', 'float32', [3], [1, 2, 3]);
    const [dw] = gradients(reduceSum(x), [w]);
    expect(dw?.shape).toEqual([3]);
    expect(() => gradients(x, [w])).toThrow(/a loss is one number/);
    g.output('dw', dw ?? w);
    expect(serialise(g).length).toBeGreaterThan(10);
  });
});
