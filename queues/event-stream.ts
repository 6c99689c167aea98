/** Hands every pushed event to every reader, in order, each at its own pace. */
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

  /** Reading begins with the next pushed event, also when the loop over it begins later. */
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
