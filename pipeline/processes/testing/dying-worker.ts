import { tellParent } from '../../../core/processes/supervised-child.js';
import { SUPERVISED } from '../../cli/supervised.js';
import { superviseWorker, WorkerSignals } from '../worker-supervisor.js';

/** A supervised worker that is ready, and dies of itself at once. */
if (process.env[SUPERVISED] === undefined) process.exitCode = await superviseWorker(new WorkerSignals());
else {
  tellParent({ type: 'ready' });
  process.exitCode = 3;
  process.disconnect();
}
