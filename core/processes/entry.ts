import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/**
 * Returns the entry file of a thread or child process: the compiled `.js` in the product, or the `.ts` source, loaded
 * through tsx, when the parent itself runs from source (tests, development).
 * @param name without extension and relative to `base`, for example `./inference-worker`.
 * @param base the caller's import.meta.url.
 */
export function entryUrl(name: string, base: string): URL {
  return new URL(`${name}${base.endsWith('.ts') ? '.ts' : '.js'}`, base);
}

/**
 * Size of the young generation of a thread's heap, in MB. A thread that runs networks allocates short-lived buffers all
 * the time, and V8 lets the young generation of each thread grow to 48 MB: over two hours of video the process grew by
 * a quarter (bench/long-video.ts).
 */
const YOUNG_GENERATION_MB = 12;

/** Starts a worker thread from the file that `entryUrl` returned. */
export function startThread(entry: URL, workerData: unknown): Worker {
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB };
  if (!entry.pathname.endsWith('.ts')) return new Worker(entry, { workerData, resourceLimits });
  // Node 20 refuses a .ts file as the entry of a thread before `--import tsx` takes effect. So the thread starts with a
  // line of JavaScript that registers tsx (resolved from the entry's own folder) and then imports the entry.
  const url = JSON.stringify(entry.href);
  const start = `require('node:module').register('tsx/esm', ${url}, { data: true }); import(${url});`;
  return new Worker(start, { workerData, resourceLimits, eval: true, execArgv: [] });
}

/** Returns the arguments of `node` that run the file that `entryUrl` returned as a child process. */
export function processArguments(entry: URL): readonly string[] {
  const file = fileURLToPath(entry);
  if (!entry.pathname.endsWith('.ts')) return [file];
  return ['--import', pathToFileURL(createRequire(entry).resolve('tsx/esm')).href, file];
}
