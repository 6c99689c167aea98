import { z } from 'zod';
import { onBatch } from '../../models/runtime/batch-channel.js';
import { failureOf } from '../../core/failure-text.js';
import type { Step, Work } from '../../queues/engine.js';
import { onDecode } from '../../stages/extract/decode/decode-events.js';
import { IpcServer } from '../../core/processes/ipc-server.js';
import { GuardedWork } from '../work/guarded-work.js';
import { MultiRunWork } from '../work/multi-run-work.js';
import { sendStepsToParent } from './death-watch.js';
import type { FromWorkProcess, ToWorkProcess, WorkCall } from './work-messages.js';

// The child process of `WorkProcess`: answers calls of the `Work` port over IPC until its parent closes it.

const optionsSchema = z.strictObject({
  device: z.enum(['auto', 'cpu', 'webgpu', 'cuda']),
  offline: z.boolean(),
});

const options = optionsSchema.parse(JSON.parse(process.argv[2] ?? ''));
const runs = new MultiRunWork({ ...options, onDevice: (device) => send({ type: 'device', device }) });
const work = new GuardedWork(runs, sendStepsToParent());
const server = new IpcServer(send);
onDecode(({ frames }) => send({ type: 'decode', frames }));
onBatch((batch) => send({ type: 'batch', ...batch }));

process.on('message', (message: ToWorkProcess) => {
  if (message.type === 'abort') server.abort(message.id);
  else if (message.type === 'call') void answer(message.id, message.call, message.aborted);
  else void runs.close().finally(() => process.exit(0));
});

async function answer(id: number, call: WorkCall, aborted: boolean): Promise<void> {
  await server.answer(id, aborted, async (signal) =>
    send({ type: 'answer', id, steps: await perform(work, id, call, signal) }),
  );
}

async function perform(
  target: Work,
  id: number,
  call: WorkCall,
  signal: AbortSignal,
): Promise<Extract<FromWorkProcess, { type: 'answer' }>['steps']> {
  switch (call.name) {
    case 'plan':
      return (await target.plan(call.job, signal)).map((step: Step) => ({ ...step, after: [...step.after] }));
    case 'execute':
      await target.execute(call.job, call.step, {
        signal,
        progress: (fraction) => send({ type: 'progress', id, fraction }),
        warn: (warning) => send({ type: 'warning', id, warning }),
      });
      return [];
    case 'finish':
      await target.finish(call.job, call.failure === null ? undefined : failureOf(call.failure), signal);
      return [];
  }
}

function send(message: FromWorkProcess): void {
  process.send?.(message);
}
