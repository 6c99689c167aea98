import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import {
  add,
  Graph,
  greater,
  mul,
  neg,
  serialise,
  sigmoid,
  sin,
  where,
  type Tensor,
} from '../../models/graph/index.js';
import { sessionOptions } from '../../models/runtime/session-options.js';
import type { Device } from '../../models/runtime/devices.js';

export interface InputType {
  readonly shape: readonly [batch: number, length: number, width: number];
  /** `signal`: -1 to 1. `log-decay`: -1 to 0. `future` [1, T, T]: a causal mask, 0 or -10,000 for later steps. */
  readonly values: 'signal' | 'log-decay' | 'future';
}

export interface DeviceInputs {
  readonly feeds: Record<string, OrtTensor>;
  /** Releases the session that created the inputs; must be called after the inputs are no longer used. */
  release(): Promise<void>;
}

/**
 * Creates a network's inputs on the device on which it runs, so that no upload is measured: a small graph turns one
 * number into waves of many frequencies. The session that created the inputs must live as long as they do. If it is
 * garbage collected while no other session is open, the device is destroyed, and onnxruntime 1.30 ends the process
 * without a message when it is fed a buffer of a destroyed device.
 */
export async function makeOnDevice(device: Device, types: Readonly<Record<string, InputType>>): Promise<DeviceInputs> {
  const graph = new Graph({ name: 'inputs', opset: 21 });
  const seed = graph.input('seed', 'float32', [1]);
  for (const [name, type] of Object.entries(types)) graph.output(name, waves(graph, seed, type));
  const session = await InferenceSession.create(serialise(graph), {
    ...sessionOptions({ device, intraOpThreads: 0, wholeOnDevice: false, fixedShapes: true }),
    preferredOutputLocation: device === 'webgpu' ? 'gpu-buffer' : 'cpu',
  });
  const made = await session.run({ seed: new OrtTensor('float32', Float32Array.of(0.5), [1]) });
  const feeds = Object.fromEntries(
    Object.keys(types).map((name) => {
      const tensor = made[name];
      if (tensor === undefined) throw new TypeError(`no input ${name}`);
      return [name, tensor];
    }),
  );
  return { feeds, release: () => session.release() };
}

function waves(graph: Graph, seed: Tensor, { shape, values }: InputType): Tensor {
  const [batch, length, width] = shape;
  const axis = (dims: readonly number[], count: number, step: number): Tensor =>
    graph.constant(
      'float32',
      dims,
      Float32Array.from({ length: count }, (_, i) => (i + 1) * step),
    );
  // Every intermediate result depends on the seed; otherwise constant folding would store the whole tensor in the file.
  if (values === 'future') {
    const now = add(axis([1, length, 1], length, 1), mul(seed, 0));
    return where(greater(axis([1, 1, width], width, 1), now), -1e4, 0);
  }
  // Steps in the golden ratio, so that no two channels or steps are equal.
  const steps = add(axis([1, length, 1], length, 0.618034), seed);
  const wave = sin(add(mul(steps, axis([1, 1, width], width, 0.381966)), axis([batch, 1, 1], batch, 0.7)));
  return values === 'signal' ? wave : neg(sigmoid(mul(wave, 4)));
}
