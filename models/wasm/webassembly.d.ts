/** The part of the global `WebAssembly` that is used here. @types/node 20 does not declare it. */
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
    /** Grows the memory by so many pages of 64 KiB. The old buffer is detached. */
    grow(pages: number): number;
  }
}
