import type { FormsAtLength } from './measure-forms.js';

/**
 * Merges the times of several processes: the geometric mean for each length and form, from the shortest length to the
 * longest. Times vary between processes: a graph that is bound by kernel launches took 1.2 ms in one process and 2.3 ms
 * in the next on the same GPU. The processes need not have measured the same lengths.
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
