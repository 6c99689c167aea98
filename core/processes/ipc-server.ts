import { failureText } from '../failure-text.js';
import { EarsightError } from '../errors.js';

export interface Failure {
  readonly type: 'failure';
  readonly id: number;
  readonly text: string;
}

/**
 * In a child process: answers the requests that its parent sends over IPC. The process exits when the parent
 * disconnects.
 */
export class IpcServer {
  private readonly running = new Map<number, AbortController>();

  constructor(private readonly send: (failure: Failure) => void) {
    // Without its parent, nothing would stop this process. Exiting also ends its decoders.
    process.on('disconnect', () => process.exit(1));
    // These signals reach the whole process group or service; the parent decides when to stop.
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => undefined);
  }

  abort(id: number): void {
    this.running.get(id)?.abort(new EarsightError('EARSIGHT_CANCELLED'));
  }

  /**
   * Runs the work of one request under its own abort signal.
   * @param aborted whether the request was already aborted when it was sent.
   * @param work sends its own answer; an error that it throws is sent as a failure.
   */
  async answer(id: number, aborted: boolean, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const controller = new AbortController();
    if (aborted) controller.abort(new EarsightError('EARSIGHT_CANCELLED'));
    this.running.set(id, controller);
    try {
      await work(controller.signal);
    } catch (error) {
      this.send({ type: 'failure', id, text: failureText(error) });
    } finally {
      this.running.delete(id);
    }
  }
}
