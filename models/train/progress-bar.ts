import { SingleBar } from 'cli-progress';
import type { Progress } from './options.js';

/** A bar on standard error, with loss and step time; hand `update` to a run's `onProgress`, then `stop`. */
export function trainingBar(name: string): {
  readonly update: (progress: Progress) => void;
  readonly stop: () => void;
} {
  const bar = new SingleBar({
    format: `${name} {bar} {value}/{total} · loss {loss} · {stepMs} ms a step · {eta_formatted} left`,
    stream: process.stderr,
    hideCursor: true,
  });
  let started = false;
  return {
    update: ({ step, steps, loss, stepMs }) => {
      const shown = { loss: loss.toPrecision(4), stepMs: stepMs.toFixed(1) };
      if (!started) bar.start(steps, step, shown);
      else bar.update(step, shown);
      started = true;
    },
    stop: () => bar.stop(),
  };
}
