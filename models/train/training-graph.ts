import { EarsightError } from '../../core/errors.js';
import { gather, Graph, reshape, slice } from '../graph/index.js';
import type { Dim, Dtype, GraphOptions, Shape, Tensor, Values } from '../graph/index.js';
import type { Batch } from './data.js';

/** Matrices decay, vectors (biases, scales, gains) do not. */
export type Group = 'decayed' | 'plain';
export const GROUPS: readonly Group[] = ['decayed', 'plain'];

/** Where a parameter lies in its group's flat vector. */
export interface ParameterSlot {
  readonly name: string;
  readonly group: Group;
  readonly offset: number;
  readonly shape: readonly number[];
}

/** The input that says which rows of the resident arrays make the batch. */
export const ROWS_INPUT = 'rows';

/** The input that holds a whole resident array. */
export function residentInput(name: string): string {
  return `resident/${name}`;
}

/**
 * A graph whose parameters are slices of one flat vector a group, fed at every run. An optimiser step is then a dozen
 * nodes whatever the number of parameters, which is what a GPU wants: every node is a kernel launch. Inputs of which the
 * whole array is resident are picked from it.
 */
export class TrainingGraph extends Graph {
  readonly places: (ParameterSlot & { readonly tensor: Tensor; readonly first: Float32Array })[] = [];
  readonly #flat = new Map<Group, Tensor>();
  readonly #sizes = new Map<Group, number>();
  readonly #resident: Batch;
  #rows: Tensor | undefined;

  constructor(options: GraphOptions = {}, resident: Batch = {}) {
    super(options);
    this.#resident = resident;
    for (const group of GROUPS) this.#flat.set(group, this.input(`state/${group}`, 'float32', [`P_${group}`]));
  }

  override parameter(name: string, dtype: Dtype, shape: readonly number[], values: Values): Tensor {
    if (dtype !== 'float32')
      throw new EarsightError('EARSIGHT_GRAPH_INVALID', { reason: `parameter ${name}: training is in float32` });
    // The plain graph checks the name and the values; its tensor is only asked for what it was called.
    const declared = super.parameter(name, dtype, shape, values);
    const group: Group = shape.length >= 2 ? 'decayed' : 'plain';
    const offset = this.sizeOf(group);
    const size = shape.reduce((a, b) => a * b, 1);
    const tensor = reshape(slice(this.flat(group), 0, offset, offset + size), shape);
    this.#sizes.set(group, offset + size);
    const first = Float32Array.from(values as ArrayLike<number>);
    this.places.push({ name: declared.name, group, offset, shape, tensor, first });
    return tensor;
  }

  override input(name: string, dtype: Dtype, shape: Shape): Tensor {
    // The plain graph's constructor comes first and declares no input.
    const array = this.#resident[name];
    if (array === undefined) return super.input(name, dtype, shape);
    const [batch, ...rest] = shape;
    const fits = array.dims.length === shape.length && rest.every((dim, axis) => fitsDim(dim, array.dims[axis + 1]));
    if (batch === undefined || dtype !== 'float32' || !fits)
      throw new EarsightError('EARSIGHT_TRAIN_DATA', {
        reason: `${name}: [${array.dims.join(', ')}] for an input ${dtype} [${shape.join(', ')}]`,
      });
    this.#rows ??= super.input(ROWS_INPUT, 'int32', [batch]);
    const whole = super.input(residentInput(name), 'float32', [array.dims[0] ?? 0, ...rest]);
    return gather(whole, this.#rows, 0);
  }

  flat(group: Group): Tensor {
    const tensor = this.#flat.get(group);
    if (tensor === undefined) throw new EarsightError('EARSIGHT_BUG', { reason: `no group ${group}` });
    return tensor;
  }

  sizeOf(group: Group): number {
    return this.#sizes.get(group) ?? 0;
  }

  /** Groups that hold a parameter. */
  usedGroups(): readonly Group[] {
    return GROUPS.filter((group) => this.sizeOf(group) > 0);
  }

  /** The parameters' first values, as a group's flat vector. */
  firstValues(group: Group): Float32Array {
    const flat = new Float32Array(this.sizeOf(group));
    for (const place of this.places) if (place.group === group) flat.set(place.first, place.offset);
    return flat;
  }
}

function fitsDim(declared: Dim, actual: number | undefined): boolean {
  return typeof declared === 'string' || declared === actual;
}
