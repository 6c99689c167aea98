/** Picture sizes that occur together in a folder of videos; each module takes some tens of kilobytes. */
const MAX_MODULES = 8;

/**
 * An LRU cache of compiled modules by picture size. Most videos of a folder share a few sizes, and compiling takes
 * milliseconds.
 */
export class ModuleCache {
  private readonly modules = new Map<string, WebAssembly.Module>();

  get(size: string, compile: () => WebAssembly.Module): WebAssembly.Module {
    const module = this.modules.get(size) ?? compile();
    this.modules.delete(size);
    this.modules.set(size, module);
    const [oldest] = this.modules.keys();
    if (this.modules.size > MAX_MODULES && oldest !== undefined) this.modules.delete(oldest);
    return module;
  }
}
