import { createHash } from 'node:crypto';
import { EarsightError } from '../../core/errors.js';
import { Graph, identity, serialise, type Shape } from '../graph/index.js';
import type { Device } from '../runtime/devices.js';
import { adamwStep, type AdamwOptions } from './adamw.js';
import type { Batch } from './data.js';
import type { BuiltNetwork, TrainableNetwork } from './network.js';
import { Random } from './random.js';
import { TrainingGraph, type ParameterSlot } from './training-graph.js';

/** Flat float32 vectors by the name of their state input. */
export type State = Readonly<Record<string, Float32Array>>;

/** The ONNX models with which a thread trains a network. */
export interface StepModels {
  /** State, schedule and batch in; loss, gradient norm and the next state out. */
  readonly step: Uint8Array;
  /** Copies the resident arrays to the device; undefined when there are none. */
  readonly place: Uint8Array | undefined;
  /** Parameters and batch in; loss and metrics out. */
  readonly evaluate: Uint8Array;
  /** Copies the state to the cpu, which is the only way to read a tensor that is on a GPU. */
  readonly read: Uint8Array;
  readonly stateNames: readonly string[];
  readonly first: State;
  readonly places: readonly ParameterSlot[];
  readonly parameterCount: number;
  readonly metricNames: readonly string[];
  /** SHA-256 of the network's graph without its weights. A checkpoint can only be used with the same fingerprint. */
  readonly fingerprint: string;
}

export interface StepPlan {
  readonly optimiser: AdamwOptions;
  readonly device?: Device;
  /** Arrays that stay on the device, if a step gathers its batch from them. */
  readonly resident?: Batch;
}

/** Number of tiles of a product that keep a large GPU busy. A cpu with its few threads needs no splitting. */
const BUSY_TILES = 2048;

export function buildStepModels(network: TrainableNetwork, seed: number, plan: StepPlan): StepModels {
  const { optimiser: options, device = 'cpu', resident } = plan;
  const graphOptions = { name: network.name, busyTiles: device === 'cpu' ? 1 : BUSY_TILES };
  const g = new TrainingGraph(graphOptions, resident);
  const { loss, metrics = {} } = build(network, g, seed);
  if (g.places.length === 0)
    throw new EarsightError('EARSIGHT_GRAPH_INVALID', { reason: `${network.name} has no parameter to train` });
  const { gradientNorm, next } = adamwStep(g, loss, options);
  g.output('loss', loss);
  g.output('gradientNorm', gradientNorm);
  for (const [name, tensor] of Object.entries(metrics)) g.output(`metric/${name}`, tensor);
  for (const [name, tensor] of next) g.output(`next/${name}`, tensor);
  const metricNames = Object.keys(metrics);
  const stateNames = [...next.keys()];
  const evaluated = ['loss', ...metricNames.map((name) => `metric/${name}`)];
  const evaluate = resident === undefined ? serialise(g, { outputs: evaluated }) : evaluation(network, seed);
  return {
    step: serialise(g, { outputs: ['loss', 'gradientNorm', ...stateNames.map((name) => `next/${name}`)] }),
    evaluate,
    place:
      resident === undefined
        ? undefined
        : copyModel(
            Object.entries(resident).map(([name, { dims }]) => ({ name, shape: dims })),
            'placed/',
          ),
    read: copyModel(
      stateNames.map((name, index) => ({ name, shape: [`P_${index}`] })),
      'read/',
    ),
    stateNames,
    first: firstState(g, stateNames),
    places: g.places.map(({ name, group, offset, shape }) => ({ name, group, offset, shape })),
    parameterCount: g.usedGroups().reduce((sum, group) => sum + g.sizeOf(group), 0),
    metricNames,
    fingerprint: createHash('sha256').update(evaluate).digest('hex'),
  };
}

function build(network: TrainableNetwork, g: Graph, seed: number): BuiltNetwork {
  return network.build(g, new Random(seed));
}

function firstState(g: TrainingGraph, names: readonly string[]): State {
  const first: Record<string, Float32Array> = {};
  for (const group of g.usedGroups())
    for (const name of names.filter((candidate) => candidate.startsWith(`state/${group}`)))
      first[name] = name === `state/${group}` ? g.firstValues(group) : new Float32Array(g.sizeOf(group));
  return first;
}

/** The evaluation model of a run with resident arrays: validation batches are not rows of these and are fed as they are. */
function evaluation(network: TrainableNetwork, seed: number): Uint8Array {
  const g = new TrainingGraph({ name: network.name });
  const { loss, metrics = {} } = build(network, g, seed);
  g.output('loss', loss);
  for (const [name, tensor] of Object.entries(metrics)) g.output(`metric/${name}`, tensor);
  return serialise(g);
}

/** A model that copies its float32 inputs to outputs named `<prefix><name>`. */
function copyModel(tensors: readonly { readonly name: string; readonly shape: Shape }[], prefix: string): Uint8Array {
  const g = new Graph({ name: 'copy' });
  for (const { name, shape } of tensors) g.output(`${prefix}${name}`, identity(g.input(name, 'float32', shape)));
  return serialise(g);
}

/** Extracts the values of each parameter from the flat state. */
export function weightsOf(state: State, places: readonly ParameterSlot[]): ReadonlyMap<string, Float32Array> {
  return new Map(
    places.map(({ name, group, offset, shape }) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return [name, (state[`state/${group}`] ?? new Float32Array()).slice(offset, offset + size)];
    }),
  );
}

/** The network for inference: its outputs only, with the trained weights. */
export function inferenceModel(
  network: TrainableNetwork,
  seed: number,
  weights: ReadonlyMap<string, Float32Array>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const g = new Graph({ name: network.name });
  const { outputs } = build(network, g, seed);
  for (const [name, tensor] of Object.entries(outputs)) g.output(name, tensor);
  return serialise(g, { weights, metadata });
}
