/** One buffer that grows to the largest batch: a fresh one a batch would be tens of megabytes of garbage a second. */
export class ReusedFloats {
  private store = new Float32Array(0);

  take(length: number): Float32Array {
    if (this.store.length < length) this.store = new Float32Array(length);
    return this.store.subarray(0, length);
  }
}
