import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MIXERS } from '../models/mixers/members.js';
import { DEVICES } from '../models/runtime/devices.js';
import { entryUrl } from '../core/processes/entry.js';
import { measureInChild } from './measure-in-child.js';
import { taskOf, type Job, type JobResult } from './train-members/job.js';

/**
 * Trains every trainable mixer on the same tasks with the same budget: `node dist/bench/train-members.js --device
 * webgpu --json members.json`. The tasks are causal recall over 512 steps and bidirectional intervals in 10 to 600
 * segments.
 */
const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'cpu' },
    json: { type: 'string' },
    tasks: { type: 'string', default: 'recall,intervals' },
    members: { type: 'string', default: MIXERS.map((mixer) => mixer.declaration.name).join() },
    distance: { type: 'string', default: '512' },
    longest: { type: 'string', default: '600' },
    batch: { type: 'string', default: '32' },
    width: { type: 'string', default: '64' },
    layers: { type: 'string', default: '2' },
    heads: { type: 'string', default: '4' },
    /** Steps per task: recall is learned late and suddenly, intervals early. */
    steps: { type: 'string', default: '1000,200' },
    rate: { type: 'string', default: '0.003' },
    seed: { type: 'string', default: '1' },
    timeout: { type: 'string', default: '180' },
  },
});
const device = DEVICES.find((name) => name === values.device);
if (device === undefined) throw new TypeError(`--device is one of ${DEVICES.join(', ')}`);

const outcomes: unknown[] = [];
console.log('task             member                score  chance  parameters  step ms  wall s');
for (const task of ['recall', 'intervals'] as const) {
  if (!values.tasks.split(',').includes(task)) continue;
  for (const member of values.members.split(',')) {
    const direction = MIXERS.find((mixer) => mixer.declaration.name === member)?.declaration.direction;
    // Recall needs causal mixers, intervals bidirectional ones.
    if (direction === (task === 'recall' ? 'bidirectional' : 'causal')) continue;
    const job: Job = {
      ...{ member, task, device },
      length: Number(task === 'recall' ? values.distance : values.longest),
      batch: Number(values.batch),
      width: Number(values.width),
      layers: Number(values.layers),
      heads: Number(values.heads),
      steps: stepsOf(task),
      learningRate: Number(values.rate),
      seed: Number(values.seed),
    };
    const entry = entryUrl('./train-members/train-one', import.meta.url);
    const outcome = await measureInChild<JobResult>(entry, job, Number(values.timeout) * 1000);
    outcomes.push({ ...job, ...outcome });
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(outcomes, null, 2)}\n`);
    const { name, chance } = taskOf(job);
    const head = `${name.padEnd(16)} ${member.padEnd(20)}`;
    if ('missing' in outcome) console.log(`${head}  ${outcome.missing}`);
    else {
      const { score, parameters, stepMs, wallTimeSec } = outcome.measured;
      console.log(
        `${head} ${score.toFixed(4).padStart(6)}  ${chance.toFixed(3).padStart(6)}  ${String(parameters).padStart(10)}` +
          `  ${(stepMs?.toFixed(1) ?? '-').padStart(7)}  ${wallTimeSec.toFixed(0).padStart(6)}`,
      );
    }
  }
}

/** Parses `--steps 1000` (both tasks) or `--steps 1000,200`. */
function stepsOf(task: Job['task']): number {
  const [recall, intervals = recall] = values.steps.split(',').map(Number);
  return (task === 'recall' ? recall : intervals) ?? Number.NaN;
}
