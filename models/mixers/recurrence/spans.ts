import { cast, clip, exp, matmul, pad, reduceSum, reshape, type Tensor } from '../../graph/index.js';

/**
 * Decay factors between the `n` items of a piece, on one level of the hierarchy (steps in a chunk, chunks in a group, …).
 * Every exponent is the sum of exactly the logs between two items and never the difference of two long sums. It is therefore
 * <= 0, and as exact after a closed gate as before it.
 */
export interface Spans {
  /** [.., n, n]: decay from item j to item i >= j, over the decays of j+1..i; 0 for j > i. */
  inclusive(): Tensor;
  /** [.., n, n]: decay from item j to just before item i > j; 0 for j >= i. */
  exclusive(): Tensor;
  /** [.., n, 1]: decay from the start of the piece to after item i. */
  sinceStart(): Tensor;
  /** [.., n, 1]: decay from the start of the piece to just before item i. */
  beforeItem(): Tensor;
  /** [.., 1, n]: decay from item j to the end of the piece. */
  untilEnd(): Tensor;
  /** [.., 1, 1]: decay over the whole piece. */
  whole(): Tensor;
}

/**
 * Factors of constant decays, which are constants of the graph.
 * @param logs [H]
 * @param steps number of steps in an item
 */
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

/** Exponent of masked cells: its exponential is 0 even if the gates of the span are open. */
const MASKED = -1e4;

/** Columns of ones beside the logs add the mask to the sums. There are four of them to keep vector loads aligned. */
const MASK_COLUMNS = 4;

/**
 * Factors of decays that are computed from the input. One product with a table of zeros and ones sums the logs of every span;
 * the same product adds -10,000 to masked cells before exp.
 * @param logs [.., n] in float32, from `flooredLogs`
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

/** Returns a float32 constant that the graph holds once, however many layers use it. */
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

/** Makes log decays safe to sum: cast to float32 and not below `floor`. */
export function flooredLogs(logs: Tensor, floor: number): Tensor {
  return clip(cast(logs, 'float32'), floor, 0);
}
