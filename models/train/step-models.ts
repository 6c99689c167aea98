import { createHash } from 'node:crypto';
import { EarsightError } from '../../core/errors.js';
import { Graph, identity, serialise, type Shape } from '../graph/index.js';
import type { Device } from '../runtime/devices.js';
import { adamwStep, type AdamwOptions } from './adamw.js';
import type { Batch } from './data.js';
import type { BuiltNetwork, TrainableNetwork } from './network.js';
import { Random } from './random.js';
import { TrainingGraph, type ParameterSlot } from './training-graph.js';

/** Flat float32 vectors by the name of the state input they are fed to. */
export type State = Readonly<Record<string, Float32Array>>;

/** Everything a session thread needs to train a network, as ONNX. */
export interface StepModels {
  /** State, schedule and batch in; loss, gradient norm and the next state out. */
  readonly step: Uint8Array;
  /** Float32 arrays as they are, on the device: what a step picks its batch from. Undefined without any. */
  readonly place: Uint8Array | undefined;
  /** Parameters and batch in; loss and metrics out. */
  readonly evaluate: Uint8Array;
  /** The state as it is, on the cpu: the only way to read a tensor that lives on a GPU. */
  readonly read: Uint8Array;
  readonly stateNames: readonly string[];
  readonly first: State;
  readonly places: readonly ParameterSlot[];
  readonly parameterCount: number;
  readonly metricNames: readonly string[];
  /** SHA-256 of the network's graph without its weights: what a checkpoint must have been made by. */
  readonly fingerprint: string;
}

export interface StepPlan {
  readonly optimiser: AdamwOptions;
  readonly device?: Device;
  /** Whole arrays that batches are rows of, where a step is to pick them itself. */
  readonly resident?: Batch;
}

/** Tiles of a product that keep a large GPU busy; a cpu needs one for each of its few threads. */
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

/** Batches that are not rows of anything: validation has its own. */
function evaluation(network: TrainableNetwork, seed: number): Uint8Array {
  const g = new TrainingGraph({ name: network.name });
  const { loss, metrics = {} } = build(network, g, seed);
  g.output('loss', loss);
  for (const [name, tensor] of Object.entries(metrics)) g.output(`metric/${name}`, tensor);
  return serialise(g);
}

/** Float32 tensors in, the same out, as `<prefix><name>`. */
function copyModel(tensors: readonly { readonly name: string; readonly shape: Shape }[], prefix: string): Uint8Array {
  const g = new Graph({ name: 'copy' });
  for (const { name, shape } of tensors) g.output(`${prefix}${name}`, identity(g.input(name, 'float32', shape)));
  return serialise(g);
}

/** Each parameter's values out of the flat state. */
export function weightsOf(state: State, places: readonly ParameterSlot[]): ReadonlyMap<string, Float32Array> {
  return new Map(
    places.map(({ name, group, offset, shape }) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return [name, (state[`state/${group}`] ?? new Float32Array()).slice(offset, offset + size)];
    }),
  );
}

/** The network as it is used: its outputs only, the trained weights inside. */
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
