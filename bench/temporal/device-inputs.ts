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
  /** `signal`: between -1 and 1; `log-decay`: between -1 and 0; `future` [1, T, T]: 0, and -10,000 for what is later. */
  readonly values: 'signal' | 'log-decay' | 'future';
}

export interface DeviceInputs {
  readonly feeds: Record<string, OrtTensor>;
  /** Ends the session that made them; to be called last. */
  release(): Promise<void>;
}

/**
 * Makes a network's inputs where the network runs, so that no upload hides its kernels: a small graph turns one number
 * into waves of many frequencies. The session that made them must live as long as they do: collected as garbage before
 * another one is open it takes the device along, and onnxruntime 1.30 ends the process, without a word, when it is fed a
 * buffer of a device that is gone.
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
  // The seed comes first, or folding of constants would put the whole tensor in the file.
  if (values === 'future') {
    const now = add(axis([1, length, 1], length, 1), mul(seed, 0));
    return where(greater(axis([1, 1, width], width, 1), now), -1e4, 0);
  }
  // Golden-ratio steps: no two channels or steps repeat each other.
  const steps = add(axis([1, length, 1], length, 0.618034), seed);
  const wave = sin(add(mul(steps, axis([1, 1, width], width, 0.381966)), axis([batch, 1, 1], batch, 0.7)));
  return values === 'signal' ? wave : neg(sigmoid(mul(wave, 4)));
}
