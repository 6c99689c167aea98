import type { FormsAtLength } from './measure-forms.js';

/**
 * Several processes' times as one: of each length and form the geometric mean, from shortest to longest. A process has a
 * luck of its own: where a graph is bound by its launches, it took 1.2 ms in one and 2.3 ms in the next on the same card.
 * Lengths need not be the same in all.
 */
export function meanTimes(processes: readonly (readonly FormsAtLength[])[]): readonly FormsAtLength[] {
  const all = processes.flat();
  const lengths = [...new Set(all.map(({ length }) => length))].toSorted((a, b) => a - b);
  return lengths.map((length) => {
    const times = all.filter((row) => row.length === length).flatMap(({ forms }) => forms);
    const forms = [...new Set(times.map(({ form }) => form))];
    return {
      length,
      forms: forms.map((form) => ({
        form,
        runMs: geometricMean(times.filter((one) => one.form === form).map(({ runMs }) => runMs)),
      })),
    };
  });
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
