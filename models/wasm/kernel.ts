import { leb128, list, sized, text } from './encoding.js';
import { FunctionAuthor, TYPE_CODES } from './function-author.js';

const PAGE_BYTES = 65_536;
const MEMORY = 'memory';

type Run = (...parameters: readonly number[]) => void;

/** A compiled function with integer parameters, and the memory that it works on. */
export interface Kernel {
  readonly memory: WebAssembly.Memory;
  readonly run: Run;
}

/** Several compiled functions with one memory. */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  /** @throws Error when there is no function of that name */
  function(name: string): Run;
}

export interface Draft {
  /** Number of its integer parameters. */
  readonly parameters: number;
  readonly write: (author: FunctionAuthor) => void;
}

/** Compiles one function with a memory of its own; see `compileKernels`. */
export function compileKernel(bytes: number, parameters: number, write: Draft['write']): Kernel {
  const kernels = openKernels(compileKernels(bytes, { only: { parameters, write } }));
  return { memory: kernels.memory, run: kernels.function('only') };
}

/**
 * Compiles functions into a WebAssembly module that exports its memory and each function by name (some 100 µs per
 * function). Inner loops over pixels and samples are written this way because V8 offers vectors of 128 bits only in
 * WebAssembly. V8 optimises the code of a module while it runs, so further instances of a module start fast.
 *
 * @param bytes size of the memory, which is zero at first
 */
export function compileKernels(bytes: number, drafts: Readonly<Record<string, Draft>>): WebAssembly.Module {
  const names = Object.keys(drafts);
  const authors = Object.values(drafts).map(({ parameters, write }) => {
    const author = new FunctionAuthor(parameters);
    write(author);
    return author;
  });
  const signatures = authors.map(({ parameters }) => [
    0x60,
    ...list(Array.from({ length: parameters }, () => [TYPE_CODES.i32])),
    0,
  ]);
  const exported = names.map((name, index) => [...text(name), 0x00, ...leb128(index)]);
  return new WebAssembly.Module(
    Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      ...section(1, signatures),
      ...section(3, [...authors.keys()].map(leb128)),
      ...section(5, [[0x00, ...leb128(Math.ceil(bytes / PAGE_BYTES))]]),
      ...section(7, [[...text(MEMORY), 0x02, 0], ...exported]),
      ...section(
        10,
        authors.map((author) => author.encoded()),
      ),
    ]),
  );
}

/** Instantiates a module. Every instance has a memory of its own. */
export function openKernels(module: WebAssembly.Module): Kernels {
  const { exports } = new WebAssembly.Instance(module);
  const memory = exports[MEMORY];
  if (!(memory instanceof WebAssembly.Memory)) throw new Error('the module exports no memory');
  return {
    memory,
    function: (name) => {
      const run = exports[name];
      if (typeof run !== 'function') throw new Error(`the module exports no function ${name}`);
      return run as Run;
    },
  };
}

function section(id: number, entries: readonly (readonly number[])[]): number[] {
  return [id, ...sized(list(entries))];
}
