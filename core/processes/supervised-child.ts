import { spawn, type ChildProcess } from 'node:child_process';
import { z } from 'zod';
import { StderrTail } from './stderr-tail.js';
import { toEarsightError } from '../errors.js';
import { isOwnFault, memoryKills, recordDeath, type Ending } from '../../pipeline/processes/death-watch.js';
import type { Announce, Underway } from '../../pipeline/processes/underway.js';

/** What a process that works tells its parent. */
const watchedMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({
    type: z.literal('begin'),
    id: z.number().int(),
    what: z.strictObject({ out: z.string(), input: z.string(), sha256: z.string(), step: z.string() }),
  }),
  z.strictObject({ type: z.literal('end'), id: z.number().int() }),
]);
type WatchedMessage = z.infer<typeof watchedMessageSchema>;

/** In the child: tells the parent. */
export function tellParent(message: WatchedMessage): void {
  process.send?.(message);
}

/** In the child: what it works on, told to the parent. */
export function announceToParent(): Announce {
  let count = 0;
  return (what) => {
    const id = count++;
    tellParent({ type: 'begin', id, what });
    return () => tellParent({ type: 'end', id });
  };
}

/** A process that works, from its start to its end: only a parent learns how a process ended. */
export class WatchedChild {
  readonly process: ChildProcess;
  readonly ended: Promise<Ending>;
  ready = false;
  private readonly at = new Map<number, Underway>();
  private readonly tail = new StderrTail();
  private readonly killsBefore = memoryKills();

  /**
   * @param args of `node`.
   * @param onMessage what the child says besides what it works on.
   */
  constructor(
    args: readonly string[],
    env: NodeJS.ProcessEnv = process.env,
    private readonly onMessage: (message: unknown) => void = () => undefined,
  ) {
    this.process = spawn(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
    this.process.stderr?.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      this.tail.push(chunk);
    });
    this.process.on('message', (message) => this.take(message));
    this.ended = new Promise((resolve, reject) => {
      this.process.once('error', reject);
      this.process.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  /** Counts its end against the videos it was working on, if it was its own doing. @returns whether it was. */
  async judge(ending: Ending): Promise<boolean> {
    const ownFault = await this.isAtFault(ending);
    if (ownFault)
      await recordDeath([...this.at.values()], ending, this.lastLines).catch((error: unknown) => {
        // A store that is away for a moment is no reason to stop working.
        process.stderr.write(`that was not recorded: ${toEarsightError(error).message}\n`);
      });
    return ownFault;
  }

  async isAtFault(ending: Ending): Promise<boolean> {
    return isOwnFault(ending, (await memoryKills()) - (await this.killsBefore));
  }

  /** What it said last. */
  get lastLines(): readonly string[] {
    return this.tail.lines;
  }

  private take(message: unknown): void {
    const parsed = watchedMessageSchema.safeParse(message);
    if (!parsed.success) {
      this.onMessage(message);
      return;
    }
    const { data } = parsed;
    if (data.type === 'ready') this.ready = true;
    else if (data.type === 'begin') this.at.set(data.id, data.what);
    else this.at.delete(data.id);
  }
}
