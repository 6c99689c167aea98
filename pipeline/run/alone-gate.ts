/** Any number of ordinary passers at once, or one that must be alone. Whoever came first goes first. */
export class AloneGate {
  private inside = 0;
  private aloneInside = false;
  private readonly waiting: { readonly alone: boolean; readonly enter: () => void }[] = [];

  async pass<Result>(alone: boolean, work: () => Promise<Result>): Promise<Result> {
    await new Promise<void>((enter) => {
      this.waiting.push({ alone, enter });
      this.admit();
    });
    try {
      return await work();
    } finally {
      this.inside -= 1;
      this.aloneInside = false;
      this.admit();
    }
  }

  private admit(): void {
    for (;;) {
      const [first] = this.waiting;
      if (first === undefined || this.aloneInside || (first.alone && this.inside > 0)) return;
      this.waiting.shift();
      this.inside += 1;
      this.aloneInside = first.alone;
      first.enter();
    }
  }
}
