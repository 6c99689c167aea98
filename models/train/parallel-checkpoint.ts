import { EarsightError } from '../../core/errors.js';
import type { State } from './step-models.js';

/** Where a data-parallel run stands between two rounds. */
export interface RoundState {
  /** Parameters common to all workers, and the outer steps' momentum. */
  readonly anchor: State;
  readonly momentum: State;
  /** Parameters and moments of each worker. */
  readonly workers: readonly State[];
  /** How far each came down in the last round, not yet averaged; empty before the first. */
  readonly movements: readonly State[];
}

/** As one set of vectors, `worker/0/state/decayed`: what a checkpoint holds. */
export function packRounds({ anchor, momentum, workers, movements }: RoundState): State {
  const parts: [string, State][] = [
    ['anchor', anchor],
    ['momentum', momentum],
    ...workers.map((state, index): [string, State] => [`worker/${index}`, state]),
    ...movements.map((state, index): [string, State] => [`movement/${index}`, state]),
  ];
  return Object.fromEntries(
    parts.flatMap(([part, state]) => Object.entries(state).map(([name, data]) => [`${part}/${name}`, data])),
  );
}

/** @throws EARSIGHT_CHECKPOINT_INVALID where another number of workers, or a run of one process, wrote it. */
export function unpackRounds(packed: State, workers: number, path: string): RoundState {
  const part = (name: string): State =>
    Object.fromEntries(
      Object.entries(packed)
        .filter(([key]) => key.startsWith(`${name}/`))
        .map(([key, data]) => [key.slice(name.length + 1), data]),
    );
  const each = (name: string): readonly State[] => {
    const indices = new Set(Object.keys(packed).flatMap((key) => new RegExp(`^${name}/(\\d+)/`).exec(key)?.[1] ?? []));
    return Array.from(indices, (_, index) => part(`${name}/${index}`));
  };
  const found = each('worker');
  if (found.length !== workers)
    throw new EarsightError('EARSIGHT_CHECKPOINT_INVALID', {
      path,
      reason: `it was made by ${found.length === 0 ? 'a run without workers' : `${found.length} workers`}`,
    });
  return { anchor: part('anchor'), momentum: part('momentum'), workers: found, movements: each('movement') };
}
