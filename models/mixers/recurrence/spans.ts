import { cast, clip, exp, matmul, mul, reshape, type Tensor } from '../../graph/index.js';

/**
 * The decay over stretches of one level of the hierarchy (steps in a chunk, chunks in a group, …): `n` items a piece.
 * Every exponent is the sum of exactly the logs between two items, never a difference of two long sums, so it is <= 0
 * and as exact after a closed gate as before it.
 */
export interface Spans {
  /** [.., n, n]: item i keeps of item j <= i what the decays of j+1..i leave; 0 for j > i. */
  inclusive(): Tensor;
  /** [.., n, n]: what is left of item j < i just before item i; 0 for j >= i. */
  exclusive(): Tensor;
  /** [.., n, 1]: what is left of the piece's start after item i. */
  sinceStart(): Tensor;
  /** [.., n, 1]: what is left of the piece's start just before item i. */
  beforeItem(): Tensor;
  /** [.., 1, n]: what is left of item j at the piece's end. */
  untilEnd(): Tensor;
  /** [.., 1, 1]: what is left of the piece's start at its end. */
  whole(): Tensor;
}

/** Decays known when the graph is written: every factor is a constant. `logs` [H], `steps`: steps an item stands for. */
export function constantSpans(like: Tensor, logs: readonly number[], steps: number, items: number): Spans {
  const table = (rows: number, columns: number, span: (row: number, column: number) => number): Tensor =>
    like.graph.constant(
      like.dtype,
      [logs.length, 1, rows, columns],
      logs.flatMap((log) =>
        Array.from({ length: rows * columns }, (_, index) => {
          const length = span(Math.floor(index / columns), index % columns);
          return length < 0 ? 0 : Math.exp(log * steps * length);
        }),
      ),
    );
  return {
    inclusive: () => table(items, items, (i, j) => i - j),
    exclusive: () => table(items, items, (i, j) => i - j - 1),
    sinceStart: () => table(items, 1, (i) => i + 1),
    beforeItem: () => table(items, 1, (i) => i),
    untilEnd: () => table(1, items, (_, j) => items - 1 - j),
    whole: () => table(1, 1, () => items),
  };
}

/**
 * Decays computed from the input. `logs` [.., n] float32, floored. One product with a table of zeros and ones sums the
 * logs of every span; masks multiply after exp, where the sum of nothing gave 1.
 */
export function inputSpans(logs: Tensor, dtype: Tensor['dtype']): Spans {
  const n = Number(logs.shape.at(-1));
  const lead = logs.shape.slice(0, -1);
  const sums = (rows: number, columns: number, covers: (row: number, column: number, u: number) => boolean): Tensor => {
    const cells = rows * columns;
    const table = new Float32Array(n * cells);
    for (let u = 0; u < n; u++)
      for (let cell = 0; cell < cells; cell++)
        if (covers(Math.floor(cell / columns), cell % columns, u)) table[u * cells + cell] = 1;
    const summed = matmul(logs, logs.graph.constant('float32', [n, cells], table));
    return cast(exp(reshape(summed, [...lead, rows, columns])), dtype);
  };
  const masked = (weights: Tensor, keeps: (i: number, j: number) => boolean): Tensor =>
    mul(
      weights,
      logs.graph.constant(
        dtype,
        [n, n],
        Array.from({ length: n * n }, (_, cell) => (keeps(Math.floor(cell / n), cell % n) ? 1 : 0)),
      ),
    );
  return {
    inclusive: () =>
      masked(
        sums(n, n, (i, j, u) => j < u && u <= i),
        (i, j) => j <= i,
      ),
    exclusive: () =>
      masked(
        sums(n, n, (i, j, u) => j < u && u < i),
        (i, j) => j < i,
      ),
    sinceStart: () => sums(n, 1, (i, _, u) => u <= i),
    beforeItem: () => sums(n, 1, (i, _, u) => u < i),
    untilEnd: () => sums(1, n, (_, j, u) => u > j),
    whole: () => sums(1, 1, () => true),
  };
}

/** Log decays made safe to sum: float32 whatever the network's precision, not below `floor`. */
export function flooredLogs(logs: Tensor, floor: number): Tensor {
  return clip(cast(logs, 'float32'), floor, 0);
}
