import { z } from 'zod';
import { onBatch } from '../../models/runtime/batch-channel.js';
import { failureOf, failureText } from '../../queues/failure-text.js';
import type { Step, Work } from '../../queues/engine.js';
import { onDecode } from '../../stages/extract/decode-channel.js';
import { EarsightError } from '../errors.js';
import { GuardedWork } from './guarded-work.js';
import { RunsWork } from './runs-work.js';
import { announceToParent } from './watched-child.js';
import type { FromWorkProcess, ToWorkProcess, WorkCall } from './work-messages.js';

/** The other end of `WorkProcess`: a process that does what it is asked over IPC, until nobody asks any more. */
const optionsSchema = z.strictObject({
  device: z.enum(['auto', 'cpu', 'webgpu', 'cuda']),
  offline: z.boolean(),
});

const options = optionsSchema.parse(JSON.parse(process.argv[2] ?? ''));
const runs = new RunsWork({ ...options, onDevice: (device) => tell({ type: 'device', device }) });
const work = new GuardedWork(runs, announceToParent());
const underway = new Map<number, AbortController>();

// Without its parent it is a process that nobody stops; exiting ends its decoders.
process.on('disconnect', () => process.exit(1));
// They reach the whole group or service; the parent says when to stop.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => undefined);
onDecode(({ frames }) => tell({ type: 'decode', frames }));
onBatch((batch) => tell({ type: 'batch', ...batch }));

process.on('message', (message: ToWorkProcess) => {
  if (message.type === 'abort') underway.get(message.id)?.abort(new EarsightError('EARSIGHT_CANCELLED'));
  else if (message.type === 'call') void answer(message.id, message.call, message.aborted);
  else void runs.close().finally(() => process.exit(0));
});

async function answer(id: number, call: WorkCall, aborted: boolean): Promise<void> {
  const controller = new AbortController();
  if (aborted) controller.abort(new EarsightError('EARSIGHT_CANCELLED'));
  underway.set(id, controller);
  try {
    tell({ type: 'answer', id, steps: await perform(work, id, call, controller.signal) });
  } catch (error) {
    tell({ type: 'failure', id, text: failureText(error) });
  } finally {
    underway.delete(id);
  }
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
