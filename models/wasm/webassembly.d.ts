/** What we use of the global that @types/node 20 leaves to the browser's types. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
    readonly [Symbol.toStringTag]: 'WebAssembly.Module';
  }
  class Instance {
    constructor(module: Module);
    readonly exports: Readonly<Record<string, unknown>>;
  }
  class Memory {
    private constructor();
    readonly buffer: ArrayBuffer;
    /** By so many pages of 64 KiB; the old buffer is detached. */
    grow(pages: number): number;
  }
}
