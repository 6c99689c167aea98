import { cast, clip, exp, matmul, pad, reduceSum, reshape, type Tensor } from '../../graph/index.js';

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

/** A masked cell's exponent: exp of it is 0 even beside an open gate. */
const MASKED = -1e4;

/** Columns of ones beside the logs carry the mask into the sums; four, so that vector loads stay whole. */
const MASK_COLUMNS = 4;

/**
 * Decays computed from the input. `logs` [.., n] float32, floored. One product with a table of zeros and ones sums the
 * logs of every span; a cell that no span may reach gets -10,000 in the same product, before exp.
 */
export function inputSpans(logs: Tensor, dtype: Tensor['dtype']): Spans {
  const n = Number(logs.shape.at(-1));
  const lead = logs.shape.slice(0, -1);
  const beside = pad(logs, -1, 0, MASK_COLUMNS, 1);
  const table = (exclusive: boolean): Tensor =>
    sharedTable(logs, `spans/${n}/${exclusive ? 'exclusive' : 'inclusive'}`, [n + MASK_COLUMNS, n * n], (index) => {
      const [u, cell] = [Math.floor(index / (n * n)), index % (n * n)];
      const [i, j] = [Math.floor(cell / n), cell % n];
      const last = exclusive ? i - 1 : i;
      if (u === n) return j > last ? MASKED : 0;
      return j < u && u <= last ? 1 : 0;
    });
  const square = (exclusive: boolean): Tensor =>
    cast(exp(reshape(matmul(beside, table(exclusive)), [...lead, n, n])), dtype);
  const row = (name: string, covers: (cell: number, u: number) => boolean): Tensor =>
    matmul(
      logs,
      sharedTable(logs, `spans/${n}/${name}`, [n, n], (index) => (covers(index % n, Math.floor(index / n)) ? 1 : 0)),
    );
  const column = (sums: Tensor): Tensor => cast(exp(reshape(sums, [...lead, n, 1])), dtype);
  return {
    inclusive: () => square(false),
    exclusive: () => square(true),
    sinceStart: () => column(row('since-start', (i, u) => u <= i)),
    beforeItem: () => column(row('before-item', (i, u) => u < i)),
    untilEnd: () =>
      cast(
        exp(
          reshape(
            row('until-end', (j, u) => u > j),
            [...lead, 1, n],
          ),
        ),
        dtype,
      ),
    whole: () => cast(exp(reshape(reduceSum(logs, { axes: [-1] }), [...lead, 1, 1])), dtype),
  };
}

const tables = new WeakMap<object, Map<string, Tensor>>();

/** A float32 constant that a graph holds once, however many layers use it. */
export function sharedTable(
  like: Tensor,
  key: string,
  shape: readonly number[],
  value: (index: number) => number,
): Tensor {
  const known = tables.get(like.graph) ?? new Map<string, Tensor>();
  tables.set(like.graph, known);
  const count = shape.reduce((product, dim) => product * dim, 1);
  const made =
    known.get(key) ??
    like.graph.constant(
      'float32',
      shape,
      Float32Array.from({ length: count }, (_, i) => value(i)),
    );
  known.set(key, made);
  return made;
}

/** Log decays made safe to sum: float32 whatever the network's precision, not below `floor`. */
export function flooredLogs(logs: Tensor, floor: number): Tensor {
  return clip(cast(logs, 'float32'), floor, 0);
}
