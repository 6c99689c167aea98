import { Command, InvalidArgumentError, Option } from 'commander';
import type { Logger } from 'pino';
import type { DeviceRequest } from '../../models/runtime/devices.js';
import type { WorkerEvent } from '../../queues/bullmq/bullmq-worker.js';
import type { RunningWorker } from '../processes/worker.js';
import type { Resource } from '../../core/stage.js';
import { printError } from './command-action.js';
import { redisOption } from './options.js';
import { resolve } from 'node:path';
import { bucketUrlText, isBucketUrl, parseBucketUrl } from '../../core/store/bucket/bucket-url.js';
import type { WorkRoots } from '../work/rooted-work.js';
import { SUPERVISED } from '../processes/worker-supervisor.js';

const CLASSES: readonly Resource[] = ['media', 'inference', 'light'];
/** Kubernetes kills a pod 30 s after SIGTERM. What is unfinished after this time is handed back before that. */
const DRAIN_SEC = 25;
/**
 * BullMQ's default. A worker that cannot renew its lock has a blocked event loop; a longer lock only delays the
 * discovery of a crash.
 */
const LOCK_SEC = 30;

interface WorkerFlags {
  readonly redis: string;
  readonly queues: readonly Resource[];
  readonly concurrency?: number;
  readonly device: DeviceRequest;
  readonly offline: boolean;
  readonly inputRoot: readonly string[];
  readonly outputRoot: readonly string[];
  readonly drain: number;
  readonly lock: number;
  readonly metricsPort?: number;
  readonly metricsHost: string;
}

const EXAMPLES = `
Examples:
  earsight worker --redis redis://10.0.0.5:6379
  earsight worker --queues media --concurrency 8        a machine that decodes
  earsight worker --queues inference,light --device webgpu
  earsight worker --input-root /media/archive --output-root /srv/results

Every worker needs the same version of earsight and the same packs as the submitter, and the inputs and the output folder
under the same paths; for work that was submitted with --store it needs neither, but the same AWS_ENDPOINT_URL and
credentials for that bucket. Jobs name files by path, and everybody who can write to Redis makes jobs: with
--input-root and --output-root, a worker refuses each job that names files elsewhere. What it fetches stays below EARSIGHT_CACHE, within bounds. SIGTERM lets it finish what it works on, up to --drain seconds; then it hands the rest back.

Exit code: 0 drained, 1 it could not start.
`;

export function workerCommand(): Command {
  return new Command('worker')
    .description('work on what was submitted to a Redis server')
    .addOption(redisOption())
    .option('--queues <classes>', 'which work to take: media, inference, light', classes, CLASSES)
    .option('--concurrency <n>', 'jobs of each class at once (default: what the cores can do)', positive)
    .addOption(
      new Option('--device <device>', 'where networks run').choices(['auto', 'cpu', 'webgpu', 'cuda']).default('auto'),
    )
    .option('--offline', 'never touch the network but for Redis', false)
    .option('--input-root <dir>', 'read inputs below it only; may be repeated (default: anywhere)', collect, [])
    .option(
      '--output-root <dir>',
      'work only for runs whose output folder, or s3:// store, lies below it; may be repeated (default: anywhere)',
      collect,
      [],
    )
    .option('--drain <seconds>', 'after SIGTERM, wait so long for running work', positive, DRAIN_SEC)
    .option('--lock <seconds>', 'a worker silent for so long is taken for dead', positive, LOCK_SEC)
    .option('--metrics-port <port>', 'serve /metrics and /livez on this port', portNumber)
    .option(
      '--metrics-host <address>',
      'address to serve them on; they ask nobody for a key, so others than loopback belong to a private network',
      '127.0.0.1',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (flags: WorkerFlags) => {
      if (process.env[SUPERVISED] !== undefined) {
        await work(flags);
        return;
      }
      const { WorkerSignals, superviseWorker } = await import('../processes/worker-supervisor.js');
      process.exitCode = await superviseWorker(new WorkerSignals());
    });
}

async function work(flags: WorkerFlags): Promise<void> {
  // Without its supervisor nobody would stop this process.
  process.on('disconnect', () => process.exit(1));
  // Ctrl-C reaches the whole process group; the supervisor forwards it as SIGTERM.
  process.on('SIGINT', () => undefined);
  let worker: RunningWorker | null = null;
  process.once('SIGTERM', () => {
    if (worker === null) process.exit(0);
    void worker.close(flags.drain * 1000).finally(() => process.exit(0));
  });
  const { pino } = await import('pino');
  const { startWorker } = await import('../processes/worker.js');
  const { sendStepsToParent, sendToParent } = await import('../processes/death-watch.js');
  const logger = pino({ base: { pid: process.pid } });
  const roots = rootsOf(flags);
  if (roots.inputs === null || roots.outputs === null) logger.warn(OPEN_WORKER);
  try {
    worker = await startWorker({
      redis: flags.redis,
      queues: flags.queues,
      ...(flags.concurrency === undefined ? {} : { concurrency: flags.concurrency }),
      device: flags.device,
      offline: flags.offline,
      lockSec: flags.lock,
      ...(flags.metricsPort === undefined ? {} : { metrics: { port: flags.metricsPort, host: flags.metricsHost } }),
      roots,
      onStepStart: sendStepsToParent(),
      onEvent: (event) => log(logger, event),
    });
    sendToParent({ type: 'ready' });
  } catch (error) {
    printError(error, false);
    process.exit(1);
  }
}

/** Logs an event as one line of JSON on standard output, with job, video, stage and attempt. */
function log(logger: Logger, event: WorkerEvent | { readonly type: 'device'; readonly device: string }): void {
  switch (event.type) {
    case 'device':
      logger.info({ device: event.device }, 'device');
      break;
    case 'active':
    case 'completed':
      logger.info(fieldsOf(event), event.type);
      break;
    case 'failed':
      logger.warn({ ...fieldsOf(event), reason: event.reason }, 'failed');
      break;
    case 'stalled':
      logger.warn(fieldsOf({ ...event, attempt: 0 }), 'stalled');
      break;
    case 'long-wait':
      logger.warn({ job: event.id, waitingSec: event.waitingSec, pending: event.pending }, 'waits too long');
      break;
    case 'ignored':
      logger.warn({ queue: event.queue, job: event.id, reason: event.reason }, 'ignored: not an item of earsight');
      break;
    case 'error':
      logger.error({ queue: event.queue, reason: event.reason }, 'error');
      break;
  }
}

/** The job id of a step is `<video>.<go>.<round>.<stage>`; that of a video has no dots. */
function fieldsOf({ queue, id, attempt }: { queue: string; id: string; attempt: number }): Record<string, unknown> {
  const [video, , , stage = 'video'] = id.split('.');
  return { queue, job: id, video, stage, attempt };
}

const OPEN_WORKER =
  'without --input-root and --output-root, jobs may name any file that this user can read or write, so everybody who ' +
  'can write to Redis can read and replace these files';

/** With output roots, only the stores among them are used. */
function rootsOf({ inputRoot, outputRoot }: WorkerFlags): WorkRoots {
  const stores = outputRoot.filter(isBucketUrl).map((url) => bucketUrlText(parseBucketUrl(url)));
  const folders = outputRoot.filter((root) => !isBucketUrl(root));
  return {
    inputs: inputRoot.length === 0 ? null : inputRoot.map((root) => resolve(root)),
    outputs: outputRoot.length === 0 ? null : folders.map((root) => resolve(root)),
    stores: outputRoot.length === 0 ? null : stores,
  };
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function classes(text: string): readonly Resource[] {
  const chosen = CLASSES.filter((name) => text.split(',').includes(name));
  const unknown = text.split(',').find((name) => !CLASSES.some((known) => known === name));
  if (unknown !== undefined) throw new InvalidArgumentError(`of ${CLASSES.join(', ')}`);
  return chosen;
}

function portNumber(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (!(value > 0 && value <= 65_535)) throw new InvalidArgumentError('a port, 1 to 65535');
  return value;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1e6)) throw new InvalidArgumentError('a number above 0');
  return value;
}
