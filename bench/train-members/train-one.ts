import { mixerNamed } from '../../models/mixers/members.js';
import { train } from '../../models/train/train.js';
import { taskOf, type Job, type JobResult } from './job.js';

/** Entry of a child process: trains the job given as JSON and prints its result as one line of JSON. */
const job = JSON.parse(process.argv[2] ?? '{}') as Job;
const mixer = mixerNamed(job.member);
if (mixer === undefined) throw new TypeError(`no member ${job.member}`);
const task = taskOf(job);
const { width, layers, heads, seed, steps, learningRate, device } = job;
const stepTimes: number[] = [];
const { card } = await train(
  { name: task.name, build: (graph) => task.build(graph, mixer, { width, layers, heads, seed }) },
  task.data,
  {
    ...{ steps, learningRate, seed, device },
    evaluateEvery: Math.ceil(steps / 5),
    onProgress: ({ step, stepMs }) => {
      if (step > 10) stepTimes.push(stepMs);
    },
  },
);
const history = card.history.map(({ step, metrics }) => ({ step, score: metrics[task.metric] ?? Number.NaN }));
const result: JobResult = {
  score: history.at(-1)?.score ?? Number.NaN,
  parameters: card.parameters,
  stepMs: stepTimes.toSorted((a, b) => a - b)[Math.floor(stepTimes.length / 2)] ?? null,
  loss: card.metrics['loss'] ?? Number.NaN,
  wallTimeSec: card.wallTimeSec,
  history,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
// Exit explicitly, because threads of a GPU driver may keep the process alive.
process.exit(0);
