import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import { childOf } from './processes.js';
import { startEarsight, type Started } from './earsight.js';

export interface WorkerFleetOptions {
  readonly redisUrl: string;
  readonly cwd: string;
  readonly workers: number;
  /** Seconds after which a silent worker counts as dead; short, so that a test need not wait for half a minute. */
  readonly lockSec: number;
  /** Concurrent jobs of each class in each worker; 2 by default. */
  readonly concurrency?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** Worker processes that can be killed at any moment and are replaced. */
export class WorkerFleet {
  kills = 0;
  /** Number of killed workers that had an inference job. */
  killsWhileInferring = 0;
  private readonly running: LoggedWorker[] = [];
  /** Emits the name of the queue when a worker starts a job. */
  private readonly begun = new EventEmitter();
  private stopping = false;

  constructor(private readonly options: WorkerFleetOptions) {
    for (let index = 0; index < options.workers; index++) this.running.push(this.start());
  }

  /**
   * Kills a worker that has a job with SIGKILL; in two of four calls only one that has an inference job. Does nothing when
   * there is none. Every second call kills the supervisor of the worker, which this fleet replaces; the others kill its
   * child, which the supervisor replaces.
   * @param choice 0 to 1, selects among the candidates
   */
  async killOne(choice: number): Promise<void> {
    const busy = this.running.filter(({ jobs }) => jobs.size > 0);
    const among = this.kills % 4 < 2 ? busy.filter((worker) => isInferring(worker)) : busy;
    const chosen = among[Math.min(Math.floor(choice * among.length), among.length - 1)];
    const supervisor = chosen?.started.child.pid;
    if (chosen === undefined || supervisor === undefined) return;
    const worker = await childOf(supervisor);
    if (this.kills % 2 === 0 && worker !== null) kill(worker);
    else {
      kill(supervisor);
      this.running[this.running.indexOf(chosen)] = this.start();
    }
    this.kills += 1;
    if (isInferring(chosen)) this.killsWhileInferring += 1;
    chosen.jobs.clear();
  }

  /** Resolves when a worker logs that it has started a job of this queue. */
  async begins(queue: string): Promise<void> {
    await once(this.begun, queue);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    for (const { started } of this.running) started.child.kill('SIGTERM');
    await Promise.all(this.running.map(async ({ started }) => await started.finished));
  }

  private start(): LoggedWorker {
    const { redisUrl, lockSec, cwd, concurrency = 2, env = {} } = this.options;
    const args = [
      'worker',
      '--redis',
      redisUrl,
      '--lock',
      String(lockSec),
      '--concurrency',
      String(concurrency),
      '--offline',
    ];
    const started = startEarsight([...args, '--drain', '20'], { cwd, env });
    const worker = follow(started, (queue) => this.begun.emit(queue));
    // A worker that cannot reach Redis at its start exits; like a service manager, start it again.
    void worker.started.finished.then(() => {
      const index = this.running.indexOf(worker);
      if (index >= 0 && !this.stopping) this.running[index] = this.start();
    });
    return worker;
  }
}

/** A worker and its current jobs with their queues, according to its log. */
interface LoggedWorker {
  readonly started: Started;
  readonly jobs: Map<string, string>;
}

function follow(started: Started, onActive: (queue: string) => void): LoggedWorker {
  const jobs = new Map<string, string>();
  createInterface(started.child.stdout).on('line', (line) => {
    const { queue, job, msg } = JSON.parse(line) as { queue?: string; job?: string; msg: string };
    if (queue === undefined || job === undefined) return;
    if (msg === 'active') {
      jobs.set(job, queue);
      onActive(queue);
    } else jobs.delete(job);
  });
  return { started, jobs };
}

function isInferring({ jobs }: LoggedWorker): boolean {
  return [...jobs.values()].includes('inference');
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has already ended.
  }
}
