/** A request that has been sent to another process or thread and not been answered yet. */
export interface PendingRequest<Context, Answer> {
  readonly id: number;
  readonly context: Context;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The requests that a client has sent to a process or thread and that still wait for an answer. Answers are matched by
 * id, so they may arrive in any order. When the other side dies, the client decides whether to reject the requests or
 * to send them to the next process.
 */
export class PendingRequests<Context, Answer> {
  private readonly waiting = new Map<number, PendingRequest<Context, Answer>>();
  private lastId = 0;

  get size(): number {
    return this.waiting.size;
  }

  /**
   * Registers a request, sends it, and waits for its answer.
   * @param send sends the request under its id; it may throw, which rejects the request.
   * @param abort is called when the signal aborts while the request waits.
   */
  async ask(
    context: Context,
    send: (id: number) => void,
    abort?: { readonly signal: AbortSignal; readonly send: (id: number) => void },
  ): Promise<Answer> {
    const id = ++this.lastId;
    const onAbort = (): void => abort?.send(id);
    abort?.signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await new Promise<Answer>((resolve, reject) => {
        this.waiting.set(id, { id, context, resolve, reject });
        send(id);
      });
    } finally {
      abort?.signal.removeEventListener('abort', onAbort);
      this.waiting.delete(id);
    }
  }

  get(id: number): PendingRequest<Context, Answer> | undefined {
    return this.waiting.get(id);
  }

  /** Returns a snapshot of the waiting requests, in the order in which they were sent. */
  all(): readonly PendingRequest<Context, Answer>[] {
    return [...this.waiting.values()];
  }

  /** Rejects every waiting request. */
  rejectAll(error: Error): void {
    for (const { reject } of this.all()) reject(error);
  }
}
