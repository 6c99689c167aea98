import { pino } from 'pino';
import type { WorkerEvent } from '../../queues/bullmq/bullmq-worker.js';

type Logged = WorkerEvent | { readonly type: 'device'; readonly device: string };

/** One line of JSON an event on standard output, with job, video, stage and attempt. */
export function workerLog(): (event: Logged) => void {
  const log = pino({ base: { pid: process.pid } });
  return (event) => {
    switch (event.type) {
      case 'device':
        log.info({ device: event.device }, 'device');
        break;
      case 'active':
      case 'completed':
        log.info(placeOf(event), event.type);
        break;
      case 'failed':
        log.warn({ ...placeOf(event), reason: event.reason }, 'failed');
        break;
      case 'stalled':
        log.warn(placeOf({ ...event, attempt: 0 }), 'stalled');
        break;
      case 'long-wait':
        log.warn({ job: event.id, waitingSec: event.waitingSec, pending: event.pending }, 'waits too long');
        break;
      case 'error':
        log.error({ queue: event.queue, reason: event.reason }, 'error');
        break;
    }
  };
}

/** A step's id is `<video>.<go>.<round>.<stage>`; a video's has no dots. */
function placeOf({ queue, id, attempt }: { queue: string; id: string; attempt: number }): Record<string, unknown> {
  const [video, , , stage = 'video'] = id.split('.');
  return { queue, job: id, video, stage, attempt };
}
