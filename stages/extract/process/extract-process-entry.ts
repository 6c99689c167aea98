import { onDecode } from '../decode/decode-events.js';
import { extractStage } from '../extract-stage.js';
import { IpcServer } from '../../../core/processes/ipc-server.js';
import type { FromExtractProcess, ToExtractProcess } from './messages.js';

/** Entry of the extract process: runs the extract stage for `ExtractProcess`, which sends requests over IPC. */
const server = new IpcServer(sendMessage);
onDecode(({ frames }) => sendMessage({ type: 'decode', frames }));

process.on('message', (message: ToExtractProcess) => {
  if (message.type === 'abort') server.abort(message.id);
  else void server.answer(message.id, message.aborted, async (signal) => await extract(message, signal));
});

async function extract(
  { id, source, file, params, folder }: Extract<ToExtractProcess, { type: 'extract' }>,
  signal: AbortSignal,
): Promise<void> {
  await extractStage.run({
    source,
    sourceFile: () => Promise.resolve(file),
    params,
    inputs: {},
    folder,
    services: null,
    signal,
    progress: (fraction) => sendMessage({ type: 'progress', id, fraction }),
    warn: (warning) => sendMessage({ type: 'warning', id, warning }),
  });
  sendMessage({ type: 'done', id });
}

function sendMessage(message: FromExtractProcess): void {
  process.send?.(message);
}
