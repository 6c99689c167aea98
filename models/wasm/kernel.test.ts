import { describe, expect, it } from 'vitest';
import type { FunctionAuthor } from './function-author.js';
import { add, constant, f32x4, v128 } from './instructions.js';
import { compileKernel, compileKernels, openKernels } from './kernel.js';

describe('compileKernel', () => {
  it('compiles a loop over memory beyond the first page, with parameters', () => {
    const far = 100_000;
    const kernel = compileKernel(200_000, 2, (author) => {
      const sum = author.variable(f32x4.splat(0));
      author.repeat(author.parameter(0), author.parameter(1), 16, (at) => {
        const doubled = author.keep(f32x4.mul(v128.load(at, far), f32x4.splat(2)));
        author.store(at, doubled, far);
        sum.set(f32x4.add(sum.value, doubled));
      });
      author.store(add(constant(far), constant(-16)), sum.value);
    });
    const numbers = new Float32Array(kernel.memory.buffer, far, 64).map((_, index) => index);
    new Float32Array(kernel.memory.buffer, far, 64).set(numbers);
    kernel.run(16, 64 * 4);
    const after = new Float32Array(kernel.memory.buffer, far, 64);
    expect([...after]).toEqual([...numbers].map((value) => (value < 4 ? value : 2 * value)));
    // Each of the four sums adds every fourth number.
    const sums = [...new Float32Array(kernel.memory.buffer, far - 16, 4)];
    expect(sums.reduce((total, value) => total + value, 0)).toBe(2 * (2016 - 6));
  });
});

describe('compileKernels', () => {
  it('compiles several functions, and gives every instance of the module a memory of its own', () => {
    const write = (value: number) => (author: FunctionAuthor) => author.store(author.parameter(0), f32x4.splat(value));
    const module = compileKernels(64, {
      one: { parameters: 1, write: write(1) },
      two: { parameters: 1, write: write(2) },
    });
    const [first, second] = [openKernels(module), openKernels(module)];
    first.function('one')(0);
    first.function('two')(16);
    expect([...new Float32Array(first.memory.buffer, 0, 8)]).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
    expect([...new Float32Array(second.memory.buffer, 0, 8)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(() => first.function('three')).toThrow('three');
  });
});
