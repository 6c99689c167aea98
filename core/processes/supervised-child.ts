import { spawn, type ChildProcess } from 'node:child_process';
import { isOwnFault, memoryKills, type ProcessEnding } from './process-ended.js';
import { StderrTail } from './stderr-tail.js';

/** A child process whose end is observed: only the parent of a process learns how it ended. */
export class SupervisedChild {
  readonly process: ChildProcess;
  /** Resolves with how the process ended; rejects when it could not be started. */
  readonly ended: Promise<ProcessEnding>;
  private readonly tail = new StderrTail();
  private readonly killsBefore = memoryKills();

  /** @param args of `node`. @param onMessage is called with every IPC message of the child. */
  constructor(args: readonly string[], env: NodeJS.ProcessEnv, onMessage: (message: unknown) => void) {
    this.process = spawn(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
    this.process.stderr?.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      this.tail.push(chunk);
    });
    this.process.on('message', onMessage);
    this.ended = new Promise((resolve, reject) => {
      this.process.once('error', reject);
      this.process.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  /** Whether the child caused its own end, see `isOwnFault`. */
  async isAtFault(ending: ProcessEnding): Promise<boolean> {
    return isOwnFault(ending, (await memoryKills()) - (await this.killsBefore));
  }

  /** The last lines that the child wrote to stderr. */
  get lastLines(): readonly string[] {
    return this.tail.lines;
  }
}
