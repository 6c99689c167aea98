import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { exitIfStopped, type StopFlag, type WithId } from '../../core/processes/thread-client.js';
import { sessionOptions } from '../runtime/session-options.js';
import type { Batch, Feed } from './data.js';
import type { FromStepThread, StepAnswer, StepRequest, StepSetup } from './step-protocol.js';
import type { State } from './step-models.js';
import { residentInput } from './training-graph.js';

/**
 * Entry of a training thread, which owns the sessions and the state. On a GPU the state stays on the device: the outputs of a
 * step are the inputs of the next one.
 */
const setup = workerData as StepSetup & StopFlag;
const onDevice = setup.device === 'webgpu';
const sessions = await open();
let state = upload(setup.state);
const placing = setup.place === undefined ? undefined : await openPlacing(setup.place);
const resident = await place();

async function open(): Promise<Record<'step' | 'evaluate' | 'read', InferenceSession>> {
  const options = sessionOptions({ ...setup, wholeOnDevice: false, fixedShapes: true });
  const stay = Object.fromEntries(setup.stateNames.map((name) => [`next/${name}`, 'gpu-buffer' as const]));
  const stepOptions = onDevice
    ? { ...options, preferredOutputLocation: { loss: 'cpu' as const, gradientNorm: 'cpu' as const, ...stay } }
    : options;
  const step = await InferenceSession.create(setup.step, stepOptions);
  const evaluate = await InferenceSession.create(setup.evaluate, options);
  return { step, evaluate, read: await InferenceSession.create(setup.read, options) };
}

/** This session stays open, because a tensor on a device does not outlive the session that made it. */
function openPlacing(model: Uint8Array): Promise<InferenceSession> {
  const options = sessionOptions({ ...setup, wholeOnDevice: false, fixedShapes: true });
  return InferenceSession.create(model, onDevice ? { ...options, preferredOutputLocation: 'gpu-buffer' } : options);
}

/** Puts the resident arrays on the device; the result is keyed by the input names of the step. */
async function place(): Promise<Record<string, Tensor>> {
  const arrays = Object.entries(setup.resident).map(([name, feed]) => [name, feedTensor(feed)] as const);
  const placed = onDevice ? await placing?.run(Object.fromEntries(arrays)) : undefined;
  return Object.fromEntries(
    arrays.map(([name, tensor]) => [residentInput(name), placed?.[`placed/${name}`] ?? tensor]),
  );
}

function upload(values: State): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(values).map(([name, data]) => [name, new Tensor('float32', data, [data.length])]),
  );
}

function feeds(batch: Batch, session: InferenceSession): Record<string, Tensor> {
  const all = {
    ...state,
    ...resident,
    ...Object.fromEntries(Object.entries(batch).map(([name, feed]) => [name, feedTensor(feed)])),
  };
  const wanted = new Set(session.inputNames);
  checkShapes(batch, session);
  return Object.fromEntries(Object.entries(all).filter(([name]) => wanted.has(name)));
}

/** Checks the shapes before onnxruntime does, because its message names only one dimension. */
function checkShapes(batch: Batch, session: InferenceSession): void {
  for (const input of session.inputMetadata) {
    const dims = batch[input.name]?.dims;
    if (dims === undefined || !input.isTensor) continue;
    const fits =
      dims.length === input.shape.length &&
      input.shape.every((dim, at) => !(typeof dim === 'number') || dim === dims[at]);
    if (!fits)
      throw new RangeError(`${input.name} is [${dims.join(', ')}], which does not fit [${input.shape.join(', ')}]`);
  }
}

function feedTensor({ data, dims }: Feed): Tensor {
  if (data instanceof Float32Array) return new Tensor('float32', data, dims);
  if (data instanceof Int32Array) return new Tensor('int32', data, dims);
  return new Tensor('int64', data, dims);
}

function scalarsOf(outputs: InferenceSession.OnnxValueMapType): Record<string, number> {
  return Object.fromEntries(
    Object.entries(outputs)
      .filter(([name]) => !name.startsWith('next/'))
      .map(([name, tensor]) => [name.replace('metric/', ''), Number(tensor.data[0])]),
  );
}

async function step(batch: Batch, schedule: Float32Array): Promise<Record<string, number>> {
  const fed = { ...batch, schedule: { data: schedule, dims: [schedule.length] } };
  const outputs = await sessions.step.run(feeds(fed, sessions.step));
  const scalars = scalarsOf(outputs);
  const next = Object.fromEntries(setup.stateNames.flatMap((name) => entry(name, outputs[`next/${name}`])));
  // A step with a result that is not finite is discarded, so that the state stays the last good one.
  const good = Object.values(scalars).every(Number.isFinite);
  for (const tensor of Object.values(good ? state : next)) tensor.dispose();
  if (good) state = next;
  return scalars;
}

function entry(name: string, tensor: Tensor | undefined): [string, Tensor][] {
  return tensor === undefined ? [] : [[name, tensor]];
}

async function read(): Promise<State> {
  const outputs = await sessions.read.run(state);
  return Object.fromEntries(
    setup.stateNames.map((name) => {
      const data = outputs[`read/${name}`]?.data;
      return [name, data instanceof Float32Array ? data.slice() : new Float32Array()];
    }),
  );
}

async function answer(request: StepRequest): Promise<StepAnswer> {
  exitIfStopped(setup);
  switch (request.type) {
    case 'open':
      return { type: 'ready' };
    case 'step':
      return { type: 'scalars', scalars: await step(request.batch, request.schedule) };
    case 'evaluate':
      return {
        type: 'scalars',
        scalars: scalarsOf(await sessions.evaluate.run(feeds(request.batch, sessions.evaluate))),
      };
    case 'read':
      return { type: 'state', state: await read() };
    case 'write':
      for (const name of Object.keys(request.state)) state[name]?.dispose();
      state = { ...state, ...upload(request.state) };
      return { type: 'state', state: {} };
  }
}

// One request at a time and in order, because each step needs the state of the previous one.
let queue = Promise.resolve();
parentPort?.on('message', (request: WithId<StepRequest>) => {
  queue = queue.then(async () => {
    const message = await answer(request).catch((error: unknown): StepAnswer => {
      return { type: 'failed', reason: error instanceof Error ? error.message : String(error) };
    });
    parentPort?.postMessage({ ...message, id: request.id } satisfies FromStepThread);
  });
});
