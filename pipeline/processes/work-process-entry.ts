import { z } from 'zod';
import { onBatch } from '../../models/runtime/batch-channel.js';
import { failureOf } from '../../core/failure-text.js';
import type { Step, Work } from '../../queues/engine.js';
import { onDecode } from '../../stages/extract/decode/decode-events.js';
import { IpcServer } from '../../core/processes/ipc-server.js';
import { GuardedWork } from '../work/guarded-work.js';
import { MultiRunWork } from '../work/multi-run-work.js';
import { announceStepsToParent } from './death-watch.js';
import type { FromWorkProcess, ToWorkProcess, WorkCall } from './work-messages.js';

/** The other end of `WorkProcess`: a process that does what it is server over IPC, until nobody asks any more. */
const optionsSchema = z.strictObject({
  device: z.enum(['auto', 'cpu', 'webgpu', 'cuda']),
  offline: z.boolean(),
});

const options = optionsSchema.parse(JSON.parse(process.argv[2] ?? ''));
const runs = new MultiRunWork({ ...options, onDevice: (device) => tell({ type: 'device', device }) });
const work = new GuardedWork(runs, announceStepsToParent());
const server = new IpcServer(tell);
onDecode(({ frames }) => tell({ type: 'decode', frames }));
onBatch((batch) => tell({ type: 'batch', ...batch }));

process.on('message', (message: ToWorkProcess) => {
  if (message.type === 'abort') server.abort(message.id);
  else if (message.type === 'call') void answer(message.id, message.call, message.aborted);
  else void runs.close().finally(() => process.exit(0));
});

async function answer(id: number, call: WorkCall, aborted: boolean): Promise<void> {
  await server.answer(id, aborted, async (signal) =>
    tell({ type: 'answer', id, steps: await perform(work, id, call, signal) }),
  );
}

async function perform(
  to: Work,
  id: number,
  call: WorkCall,
  signal: AbortSignal,
): Promise<Extract<FromWorkProcess, { type: 'answer' }>['steps']> {
  switch (call.name) {
    case 'plan':
      return (await to.plan(call.job, signal)).map((step: Step) => ({ ...step, after: [...step.after] }));
    case 'execute':
      await to.execute(call.job, call.step, {
        signal,
        progress: (fraction) => tell({ type: 'progress', id, fraction }),
        warn: (message) => tell({ type: 'warning', id, message }),
      });
      return [];
    case 'finish':
      await to.finish(call.job, call.failure === null ? undefined : failureOf(call.failure), signal);
      return [];
  }
}

function tell(message: FromWorkProcess): void {
  process.send?.(message);
}
