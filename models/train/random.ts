/**
 * A small seeded generator (sfc32, Chris Doty-Humphrey's PractRand; public domain algorithm): the same seeds give the
 * same numbers on every machine. Several seeds together select a stream, so that step 7 of seed 1 can be drawn without drawing steps 0 to 6.
 */
export class Random {
  private a = 0x9e3779b9;
  private b = 0x243f6a88;
  private c = 0xb7e15162;
  private counter = 1;

  constructor(...seeds: readonly number[]) {
    for (const seed of seeds) {
      this.a ^= seed | 0;
      this.b ^= Math.floor(seed / 2 ** 32) | 0;
      // sfc32 needs about a dozen rounds until every bit of a seed has reached every bit of its state.
      for (let round = 0; round < 15; round++) this.bits();
    }
  }

  /** 32 random bits, as an unsigned integer. */
  bits(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    this.c |= 0;
    return sum >>> 0;
  }

  /** In [0, 1). */
  uniform(): number {
    return this.bits() / 2 ** 32;
  }

  /** 0 to `count` - 1. */
  integer(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** Mean 0, variance 1 (Box-Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  normals(count: number, deviation = 1): Float32Array {
    // A plain loop: Float32Array.from with a function takes several times as long.
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = deviation * this.normal();
    return values;
  }

  /** 0 to `count` - 1 in random order (Fisher-Yates). */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, index) => index);
    for (let last = count - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      const kept = order[last] ?? 0;
      order[last] = order[other] ?? 0;
      order[other] = kept;
    }
    return order;
  }
}
