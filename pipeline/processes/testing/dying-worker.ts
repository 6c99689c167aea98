import { sendToParent } from '../death-watch.js';
import { SUPERVISED, superviseWorker, WorkerSignals } from '../worker-supervisor.js';

/** A supervised worker that reports ready and exits with code 3 at once. */
if (process.env[SUPERVISED] === undefined) process.exitCode = await superviseWorker(new WorkerSignals());
else {
  sendToParent({ type: 'ready' });
  process.exitCode = 3;
  process.disconnect();
}
