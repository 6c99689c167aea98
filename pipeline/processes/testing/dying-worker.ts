import { tellParent } from '../death-watch.js';
import { SUPERVISED } from '../worker-supervisor.js';
import { superviseWorker, WorkerSignals } from '../worker-supervisor.js';

/** A supervised worker that is ready, and dies of itself at once. */
if (process.env[SUPERVISED] === undefined) process.exitCode = await superviseWorker(new WorkerSignals());
else {
  tellParent({ type: 'ready' });
  process.exitCode = 3;
  process.disconnect();
}
