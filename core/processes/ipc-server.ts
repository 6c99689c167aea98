import { failureText } from '../failure-text.js';
import { EarsightError } from '../errors.js';

export interface Failure {
  readonly type: 'failure';
  readonly id: number;
  readonly text: string;
}

/** In a child process: the calls that its parent makes over IPC, until the parent lets go of it. */
export class AskedChild {
  private readonly underway = new Map<number, AbortController>();

  constructor(private readonly tell: (failure: Failure) => void) {
    // Without its parent it is a process that nobody stops; exiting ends its decoders.
    process.on('disconnect', () => process.exit(1));
    // They reach the whole group or service; the parent says when to stop.
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => undefined);
  }

  abort(id: number): void {
    this.underway.get(id)?.abort(new EarsightError('EARSIGHT_CANCELLED'));
  }

  /** @param aborted before it was made @param work tells what came out itself; what it throws is told as a failure. */
  async answer(id: number, aborted: boolean, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const controller = new AbortController();
    if (aborted) controller.abort(new EarsightError('EARSIGHT_CANCELLED'));
    this.underway.set(id, controller);
    try {
      await work(controller.signal);
    } catch (error) {
      this.tell({ type: 'failure', id, text: failureText(error) });
    } finally {
      this.underway.delete(id);
    }
  }
}
