import { parentPort } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { sessionOptions } from '../../models/runtime/session-options.js';

/** Entry of a thread: calls `session.run` on one input for `limitMs` and posts the items per second. */
interface Job {
  readonly path: string;
  readonly input: string;
  readonly dims: readonly number[];
  readonly items: number;
  readonly limitMs: number;
}

const sessions = new Map<string, InferenceSession>();

async function measure({ path, input, dims, items, limitMs }: Job): Promise<number> {
  let session = sessions.get(path);
  if (!session) {
    const setup = { device: 'cpu', intraOpThreads: 1, wholeOnDevice: false } as const;
    session = await InferenceSession.create(path, sessionOptions(setup));
    sessions.set(path, session);
  }
  const size = dims.reduce((product, dim) => product * dim, 1);
  const feeds = { [input]: new Tensor('float32', new Float32Array(size).fill(0.1), dims) };
  await session.run(feeds);
  const start = performance.now();
  let runs = 0;
  while (performance.now() - start < limitMs) {
    await session.run(feeds);
    runs++;
  }
  return (runs * items * 1000) / (performance.now() - start);
}

parentPort?.on('message', (job: Job) => {
  void measure(job).then((rate) => parentPort?.postMessage(rate));
});
