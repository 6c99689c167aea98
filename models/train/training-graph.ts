import { EarsightError } from '../../core/errors.js';
import {
  gather,
  Graph,
  reshape,
  slice,
  type Dim,
  type Dtype,
  type GraphOptions,
  type Shape,
  type Tensor,
  type Values,
} from '../graph/index.js';
import type { Batch } from './data.js';

/** Weight decay applies to matrices (`decayed`), not to vectors such as biases, scales and gains (`plain`). */
export type Group = 'decayed' | 'plain';
export const GROUPS: readonly Group[] = ['decayed', 'plain'];

/** Position of a parameter in the flat vector of its group. */
export interface ParameterSlot {
  readonly name: string;
  readonly group: Group;
  readonly offset: number;
  readonly shape: readonly number[];
}

/** Name of the input that selects which rows of the resident arrays form the batch. */
export const ROWS_INPUT = 'rows';

/** Name of the input that holds a whole resident array. */
export function residentInput(name: string): string {
  return `resident/${name}`;
}

/**
 * A graph whose parameters are slices of one flat vector per group; the vectors are fed at every run. An optimiser step then
 * takes about a dozen nodes, however many parameters there are. That matters on a GPU, where every node is a kernel launch.
 * An input whose whole array is resident is gathered from that array.
 */
export class TrainingGraph extends Graph {
  readonly places: (ParameterSlot & { readonly tensor: Tensor; readonly first: Float32Array })[] = [];
  private readonly groupVectors = new Map<Group, Tensor>();
  private readonly groupSizes = new Map<Group, number>();
  private readonly residentArrays: Batch;
  private rowsTensor: Tensor | undefined;

  constructor(options: GraphOptions = {}, resident: Batch = {}) {
    super(options);
    this.residentArrays = resident;
    for (const group of GROUPS) this.groupVectors.set(group, this.input(`state/${group}`, 'float32', [`P_${group}`]));
  }

  override parameter(name: string, dtype: Dtype, shape: readonly number[], values: Values): Tensor {
    if (dtype !== 'float32')
      throw new EarsightError('EARSIGHT_GRAPH_INVALID', { reason: `parameter ${name}: training is in float32` });
    // The base class checks the name and the values; only the qualified name of its tensor is used.
    const declared = super.parameter(name, dtype, shape, values);
    const group: Group = shape.length >= 2 ? 'decayed' : 'plain';
    const offset = this.sizeOf(group);
    const size = shape.reduce((a, b) => a * b, 1);
    const tensor = reshape(slice(this.flat(group), 0, offset, offset + size), shape);
    this.groupSizes.set(group, offset + size);
    const first = Float32Array.from(values as ArrayLike<number>);
    this.places.push({ name: declared.name, group, offset, shape, tensor, first });
    return tensor;
  }

  override input(name: string, dtype: Dtype, shape: Shape): Tensor {
    // The constructor of the base class runs before `residentArrays` is set; it declares no input.
    const array = this.residentArrays[name];
    if (array === undefined) return super.input(name, dtype, shape);
    const [batch, ...rest] = shape;
    const fits = array.dims.length === shape.length && rest.every((dim, axis) => fitsDim(dim, array.dims[axis + 1]));
    if (batch === undefined || dtype !== 'float32' || !fits)
      throw new EarsightError('EARSIGHT_TRAIN_DATA', {
        reason: `${name}: [${array.dims.join(', ')}] for an input ${dtype} [${shape.join(', ')}]`,
      });
    this.rowsTensor ??= super.input(ROWS_INPUT, 'int32', [batch]);
    const whole = super.input(residentInput(name), 'float32', [array.dims[0] ?? 0, ...rest]);
    return gather(whole, this.rowsTensor, 0);
  }

  flat(group: Group): Tensor {
    const tensor = this.groupVectors.get(group);
    if (tensor === undefined) throw new EarsightError('EARSIGHT_BUG', { reason: `no group ${group}` });
    return tensor;
  }

  sizeOf(group: Group): number {
    return this.groupSizes.get(group) ?? 0;
  }

  /** The groups that hold at least one parameter. */
  usedGroups(): readonly Group[] {
    return GROUPS.filter((group) => this.sizeOf(group) > 0);
  }

  /** The initial values of a group's parameters, as one flat vector. */
  firstValues(group: Group): Float32Array {
    const flat = new Float32Array(this.sizeOf(group));
    for (const place of this.places) if (place.group === group) flat.set(place.first, place.offset);
    return flat;
  }
}

function fitsDim(declared: Dim, actual: number | undefined): boolean {
  return typeof declared === 'string' || declared === actual;
}
