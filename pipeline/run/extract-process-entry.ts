import { failureText } from '../../queues/failure-text.js';
import { onDecode } from '../../stages/extract/decode-channel.js';
import { extractStage } from '../../stages/extract/stage.js';
import { EarsightError } from '../errors.js';
import type { FromExtractProcess, ToExtractProcess } from './extract-messages.js';

/** The other end of `ExtractProcess`: extracts what it is asked to over IPC, until its parent lets go. */
const underway = new Map<number, AbortController>();

// Exiting ends its decoders.
process.on('disconnect', () => process.exit(0));
// They reach the whole group or service; the parent says when to stop.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => undefined);
onDecode(({ frames }) => tell({ type: 'decode', frames }));

process.on('message', (message: ToExtractProcess) => {
  if (message.type === 'abort') underway.get(message.id)?.abort(new EarsightError('EARSIGHT_CANCELLED'));
  else void extract(message);
});

async function extract(asked: Extract<ToExtractProcess, { type: 'extract' }>): Promise<void> {
  const { id, source, file, params, folder, aborted } = asked;
  const controller = new AbortController();
  if (aborted) controller.abort(new EarsightError('EARSIGHT_CANCELLED'));
  underway.set(id, controller);
  try {
    await extractStage.run({
      source,
      sourceFile: () => Promise.resolve(file),
      params,
      inputs: {},
      folder,
      services: null,
      signal: controller.signal,
      progress: (fraction) => tell({ type: 'progress', id, fraction }),
      warn: (message) => tell({ type: 'warning', id, message }),
    });
    tell({ type: 'done', id });
  } catch (error) {
    tell({ type: 'failure', id, text: failureText(error) });
  } finally {
    underway.delete(id);
  }
}

function tell(message: FromExtractProcess): void {
  process.send?.(message);
}
