import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { Graph, matmul, mul, reduceSum, serialise } from '../index.js';
import * as o from '../operators/index.js';
import { declaredOperators, operatorName } from '../operator.js';
import { compareGradients } from '../testing/central-differences.js';
import { OPERATOR_CASES } from '../testing/operator-cases.js';
import { gradientRule, gradients } from './index.js';

describe('gradients', () => {
  for (const test of OPERATOR_CASES)
    for (const named of [false, true])
      it(`agree with central differences: ${test.name}${named ? ', named dimensions' : ''}`, async () => {
        const { worst, elements } = await compareGradients(test, named);
        expect(elements).toBeGreaterThan(1);
        expect(worst).toBeLessThan(test.dtype === 'float32' ? 1e-2 : 1e-7);
      });

  it('have a rule for every declared operator', () => {
    const without = declaredOperators().filter((operator) => gradientRule(operator) === undefined);
    expect(without.map(({ domain, type }) => operatorName(domain, type))).toEqual([]);
  });

  it('are right for a base of zero, int32 row indices and a diagonal known only at run time', async () => {
    const g = new Graph();
    const base = g.input('base', 'float32', [3]);
    const exponent = g.input('exponent', 'float32', [3]);
    const rows = g.input('rows', 'int32', [3]);
    const matrix = g.input('matrix', 'float32', [2, 2]);
    const table = g.input('table', 'float32', [3, 1]);
    const [lower = matrix] = g.apply(o.TRILU, [matrix, g.input('diagonal', 'int64', [])], { upper: 0 });
    const parts = [o.pow(base, exponent), o.gather(table, rows), lower].map((y) => reduceSum(y));
    const loss = parts.reduce((sum, part) => o.add(sum, part));
    gradients(loss, [base, exponent, table, matrix]).forEach((d, i) => g.output(`d${i}`, d));
    const session = await InferenceSession.create(serialise(g));
    const floats = (values: number[], dims: number[]): OrtTensor =>
      new OrtTensor('float32', Float32Array.from(values), dims);
    const found = await session.run({
      base: floats([0, 0, 0], [3]),
      exponent: floats([0, 1, 2], [3]),
      rows: new OrtTensor('int32', Int32Array.of(2, -1, 0), [3]),
      table: floats([1, 2, 3], [3, 1]),
      matrix: floats([1, 2, 3, 4], [2, 2]),
      diagonal: new OrtTensor('int64', BigInt64Array.of(-1n), []),
    });
    const numbers = (name: string): number[] => Array.from(found[name]?.data as Float32Array, Number);
    expect(numbers('d0')).toEqual([0, 1, 0]);
    expect(numbers('d1')).toEqual([0, 0, 0]);
    expect(numbers('d2')).toEqual([1, 0, 2]);
    expect(numbers('d3')).toEqual([0, 0, 1, 0]);
  });

  it('are refused for a DFT along a named dimension', () => {
    const x = new Graph().input('x', 'float32', ['B', 'T', 1]);
    expect(() => gradients(reduceSum(o.dft(x, 1)), [x])).toThrow(
      expect.objectContaining({ code: 'EARSIGHT_GRAPH_GRADIENT' }) as Error,
    );
  });

  it('are zeros for a tensor on which the loss does not depend', () => {
    const g = new Graph();
    const x = g.input('x', 'float32', ['B', 2]);
    const w = g.parameter('w', 'float32', [3], [1, 2, 3]);
    const [dw] = gradients(reduceSum(x), [w]);
    expect(dw?.shape).toEqual([3]);
    expect(() => gradients(x, [w])).toThrow(/a loss is one number/);
    g.output('dw', dw ?? w);
    expect(serialise(g).length).toBeGreaterThan(10);
  });

  it('of a weight are the same if the product is split into parts', async () => {
    const [batch, steps, rows, columns] = [4, 512, 8, 6];
    const results = await Promise.all(
      [1, 64].map(async (busyTiles) => {
        const g = new Graph({ busyTiles });
        const x = g.input('x', 'float32', [batch, steps, rows]);
        const w = g.parameter('w', 'float32', [rows, columns], wave(rows * columns));
        const y = matmul(x, w);
        const [dw] = gradients(reduceSum(mul(y, y)), [w]);
        g.output('dw', dw ?? w);
        const cut = g.nodes.some(
          ({ operator, outputs: [y] }) => operator.type === 'ReduceSum' && y?.shape.length === 2,
        );
        expect(cut).toBe(busyTiles > 1);
        const session = await InferenceSession.create(serialise(g));
        const feed = new OrtTensor('float32', wave(batch * steps * rows), [batch, steps, rows]);
        return Array.from((await session.run({ x: feed }))['dw']?.data as Float32Array);
      }),
    );
    const [whole = [], parts = []] = results;
    expect(whole).toHaveLength(rows * columns);
    const largest = Math.max(...whole.map(Math.abs));
    whole.forEach((value, at) => expect(Math.abs(value - (parts[at] ?? NaN))).toBeLessThan(1e-5 * largest));
  });
});

function wave(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(1 + i * 0.37));
}
