/** A stage has this long to stop by itself; a run is gone within two seconds of Ctrl-C. */
const GRACE_MS = 1_800;
/** 128 + SIGINT, as shells count. */
export const INTERRUPTED = 130;

/**
 * The first Ctrl-C (or SIGTERM) cancels and lets running stages stop, the second ends the process at once. Nothing
 * finished is lost either way.
 */
export function abortOnInterrupt(onInterrupt: () => void): AbortSignal {
  const controller = new AbortController();
  const handle = () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    onInterrupt();
    controller.abort();
    setTimeout(() => process.exit(INTERRUPTED), GRACE_MS).unref();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return controller.signal;
}
