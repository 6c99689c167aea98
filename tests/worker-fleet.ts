import { readFile } from 'node:fs/promises';
import { startEarsight, type Started } from './earsight.js';

export interface WorkerFleetOptions {
  readonly redisUrl: string;
  readonly cwd: string;
  readonly workers: number;
  /** How soon a silent worker is taken for dead: seconds, so that a test need not wait for half a minute. */
  readonly lockSec: number;
  /** Jobs of each class at once in each worker; 2 without it. */
  readonly concurrency?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** Workers as processes of their own, which can be killed at any moment and are replaced. */
export class WorkerFleet {
  kills = 0;
  private readonly running: Started[] = [];

  constructor(private readonly options: WorkerFleetOptions) {
    for (let index = 0; index < options.workers; index++) this.running.push(this.start());
  }

  /**
   * `kill -9` for one of the workers: every second time its supervisor (which is replaced), else the process that works
   * (which the supervisor replaces).
   * @param choice 0 to 1, which one.
   */
  async killOne(choice: number): Promise<void> {
    const index = Math.min(Math.floor(choice * this.running.length), this.running.length - 1);
    const supervisor = this.running[index]?.child.pid;
    if (supervisor === undefined) return;
    const worker = await childOf(supervisor);
    if (this.kills % 2 === 0 && worker !== null) kill(worker);
    else {
      kill(supervisor);
      this.running[index] = this.start();
    }
    this.kills += 1;
  }

  async stop(): Promise<void> {
    for (const { child } of this.running) child.kill('SIGTERM');
    await Promise.all(this.running.map(async ({ finished }) => await finished));
  }

  private start(): Started {
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
    return startEarsight([...args, '--drain', '20'], { cwd, env });
  }
}

async function childOf(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const [first] = text.trim().split(' ');
  return first === undefined || first === '' ? null : Number(first);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended a moment ago.
  }
}
