/** Sends every pushed event to every reader, in order. Each reader reads at its own pace from a queue of its own. */
export class EventStream<Event> {
  private readonly readers = new Set<Reader<Event>>();
  private closed = false;

  push(event: Event): void {
    for (const reader of this.readers) {
      reader.waiting.push(event);
      reader.wake();
    }
  }

  close(): void {
    this.closed = true;
    for (const reader of this.readers) reader.wake();
  }

  /** Subscribes at once: the reader gets every event pushed after this call, even if its loop begins later. */
  read(): AsyncIterable<Event> {
    const reader: Reader<Event> = { waiting: [], wake: () => undefined };
    this.readers.add(reader);
    return this.follow(reader);
  }

  private async *follow(reader: Reader<Event>): AsyncGenerator<Event> {
    try {
      for (;;) {
        const batch = reader.waiting.splice(0);
        yield* batch;
        if (reader.waiting.length > 0) continue;
        if (this.closed) return;
        await new Promise<void>((resolve) => (reader.wake = resolve));
      }
    } finally {
      this.readers.delete(reader);
    }
  }
}

interface Reader<Event> {
  readonly waiting: Event[];
  wake: () => void;
}
