import { MultiBar } from 'cli-progress';
import type { RunEvent } from '../run/run-events.js';
import { RunProgress } from './run-progress.js';
import { packsLines, unknownLabelsLine } from './tell-packs.js';
import { duration, megabytes, printable } from './terminal-text.js';

/** Shows a run while it goes on. */
export interface RunDisplay {
  take(event: RunEvent): void;
  stop(): void;
}

/** Without a terminal: a line at most this often, so that a log stays readable. */
const LINE_EVERY_MS = 10_000;

/** Every event but the moving fractions as one line of JSON on standard output. */
export function jsonDisplay(): RunDisplay {
  return {
    take: (event) => {
      if (event.type !== 'progress' && event.type !== 'pull') process.stdout.write(`${JSON.stringify(event)}\n`);
    },
    stop: () => undefined,
  };
}

export function lineDisplay(): RunDisplay {
  const progress = new RunProgress();
  let lastMs = performance.now();
  return {
    take: (event) => {
      progress.take(event);
      const text = textOf(event);
      if (text !== null) process.stderr.write(`${text}\n`);
      if (performance.now() - lastMs < LINE_EVERY_MS) return;
      lastMs = performance.now();
      process.stderr.write(`${statusOf(progress)}\n`);
    },
    stop: () => undefined,
  };
}

export function barDisplay(terminal: NodeJS.WritableStream): RunDisplay {
  const progress = new RunProgress();
  const bars = new MultiBar({
    stream: terminal,
    format: '{bar} {status}',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    fps: 5,
    // The run's own Ctrl-C handling ends the bar.
    gracefulExit: false,
  });
  const bar = bars.create(1, 0, { status: 'looking for videos' });
  return {
    take: (event) => {
      progress.take(event);
      const text = textOf(event);
      if (text !== null) bars.log(`${text}\n`);
      bar.setTotal(Math.max(1, progress.inputs));
      bar.update(progress.videos, { status: event.type === 'pull' ? pulled(event) : statusOf(progress) });
    },
    stop: () => {
      // Lines wait for the next drawing, and there is none after the end.
      bars.update();
      bars.stop();
    },
  };
}

/** `3/10 videos, encode, 4.1× real time, 2 min 05 s left`. */
export function statusOf(progress: RunProgress): string {
  const parts = [`${progress.settled}/${progress.inputs} videos`];
  if (progress.failed > 0) parts.push(`${progress.failed} failed`);
  if (progress.current !== '') parts.push(progress.current);
  if (progress.mediaSec > 0) parts.push(`${progress.speed.toFixed(1)}× real time`);
  if (progress.remainingSec !== null) parts.push(`${duration(progress.remainingSec)} left`);
  return parts.join(', ');
}

function pulled(event: Extract<RunEvent, { type: 'pull' }>): string {
  return `fetching ${printable(event.file)} of ${event.pack}: ${megabytes(event.bytes)}${event.of === null ? '' : ` of ${megabytes(event.of)}`}`;
}

/** What deserves a line of its own. */
function textOf(event: RunEvent): string | null {
  switch (event.type) {
    case 'packs':
      return packsLines(event);
    case 'unknown-labels':
      return printable(unknownLabelsLine(event));
    case 'device':
      return `device: ${event.device}`;
    case 'no-workers':
      return `no worker takes from the queue ${event.queue}: start one with \`earsight worker\``;
    case 'warning':
      return `${printable(event.input)}: ${printable(event.message)}`;
    case 'settled':
      return event.row.error === null
        ? null
        : `${printable(event.row.input)}: ${event.row.error.code}: ${printable(event.row.error.message)}`;
    default:
      return null;
  }
}
