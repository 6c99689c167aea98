/** Sizes of pictures that a folder of videos has at once; each module is some tens of kilobytes. */
const REMEMBERED = 8;

/** The modules of the sizes used last: most videos of a folder have one of a few, and compiling costs milliseconds. */
export class ModuleCache {
  private readonly modules = new Map<string, WebAssembly.Module>();

  get(size: string, compile: () => WebAssembly.Module): WebAssembly.Module {
    const module = this.modules.get(size) ?? compile();
    this.modules.delete(size);
    this.modules.set(size, module);
    const [oldest] = this.modules.keys();
    if (this.modules.size > REMEMBERED && oldest !== undefined) this.modules.delete(oldest);
    return module;
  }
}
