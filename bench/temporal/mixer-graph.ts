import { Graph } from '../../models/graph/index.js';
import type { Decay } from '../../models/mixers/recurrence/decay.js';
import type { DecayKind } from '../../models/mixers/recurrence/form-table.js';
import { formNamed } from '../../models/mixers/recurrence/form-table.js';
import { recurrence } from '../../models/mixers/recurrence/sequence.js';
import { MIXER, type Form } from './configuration.js';
import type { InputType } from './device-inputs.js';
import type { Timed } from './timing.js';

const { batch, heads, headWidth } = MIXER;

/** A graph that contains only the recurrence of a mixer. */
export function mixerGraph(form: Form, kind: DecayKind, length: number): Timed {
  const graph = new Graph({ name: 'mixer' });
  const input = (name: string, width: number): ReturnType<Graph['input']> =>
    graph.input(name, 'float32', [batch, length, width]);
  const [q, k, v] = [
    input('q', heads * headWidth),
    input('k', heads * headWidth),
    input('v', heads * headWidth),
  ] as const;
  const decay: Decay =
    kind === 'constant'
      ? { kind, logs: Array.from({ length: heads }, (_, h) => -(2 ** -(h + 1))) }
      : { kind, logs: input('g', gateWidth(kind)) };
  return { graph, output: recurrence({ q, k, v, heads, decay }, formNamed(form)).output };
}

export function mixerInputs(kind: DecayKind, length: number): Readonly<Record<string, InputType>> {
  const signal = { shape: [batch, length, heads * headWidth], values: 'signal' } as const;
  const gates = { shape: [batch, length, gateWidth(kind)], values: 'log-decay' } as const;
  return { q: signal, k: signal, v: signal, ...(kind === 'constant' ? {} : { g: gates }) };
}

function gateWidth(kind: DecayKind): number {
  return kind === 'vector' ? heads * headWidth : heads;
}
