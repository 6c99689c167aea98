import { MultiBar } from 'cli-progress';
import type { RunEvent } from '../run/run-events.js';
import { RunProgress } from './run-progress.js';
import { duration, megabytes, printable } from './terminal-text.js';

/** Shows the progress of a run. */
export interface RunDisplay {
  show(event: RunEvent): void;
  stop(): void;
}

/** Without a terminal, a status line is printed at most this often, so that a log stays readable. */
const STATUS_INTERVAL_MS = 10_000;

/** Number of unknown labels that are named; the author of the list can find the others. */
const MAX_NAMES_SHOWN = 5;

/** Prints every event except progress as one line of JSON on standard output. */
export function jsonDisplay(): RunDisplay {
  return {
    show: (event) => {
      if (event.type !== 'progress' && event.type !== 'pull') process.stdout.write(`${JSON.stringify(event)}\n`);
    },
    stop: () => undefined,
  };
}

export function lineDisplay(): RunDisplay {
  const progress = new RunProgress();
  let lastMs = performance.now();
  return {
    show: (event) => {
      progress.update(event);
      const text = textOf(event);
      if (text !== null) process.stderr.write(`${text}\n`);
      if (performance.now() - lastMs < STATUS_INTERVAL_MS) return;
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
    // The command's own Ctrl-C handling stops the bar.
    gracefulExit: false,
  });
  const bar = bars.create(1, 0, { status: 'looking for videos' });
  return {
    show: (event) => {
      progress.update(event);
      const text = textOf(event);
      if (text !== null) bars.log(`${text}\n`);
      bar.setTotal(Math.max(1, progress.inputs));
      bar.update(progress.videos, { status: event.type === 'pull' ? pullStatus(event) : statusOf(progress) });
    },
    stop: () => {
      // Logged lines are printed with the next redraw, and `stop` does no redraw.
      bars.update();
      bars.stop();
    },
  };
}

/** For example `3/10 videos, encode, 4.1× real time, 2 min 05 s left`. */
export function statusOf(progress: RunProgress): string {
  const parts = [`${progress.settled}/${progress.inputs} videos`];
  if (progress.failed > 0) parts.push(`${progress.failed} failed`);
  if (progress.current !== '') parts.push(progress.current);
  if (progress.mediaSec > 0) parts.push(`${progress.speed.toFixed(1)}× real time`);
  if (progress.remainingSec !== null) parts.push(`${duration(progress.remainingSec)} left`);
  return parts.join(', ');
}

function pullStatus(event: Extract<RunEvent, { type: 'pull' }>): string {
  return `fetching ${printable(event.file)} of ${event.pack}: ${megabytes(event.bytes)}${event.of === null ? '' : ` of ${megabytes(event.of)}`}`;
}

/** The text of an event that gets its own line; null for others. */
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
      return `${printable(event.input)}: ${event.code}: ${printable(event.message)}`;
    case 'settled':
      return event.row.error === null
        ? null
        : `${printable(event.row.input)}: ${event.row.error.code}: ${printable(event.row.error.message)}`;
    default:
      return null;
  }
}

/** For commands that show no progress: prints the packs of a run, their warnings, and labels that nothing can find. */
export function printPackEvents(event: RunEvent): void {
  if (event.type === 'unknown-labels') process.stderr.write(`${printable(unknownLabelsLine(event))}\n`);
  if (event.type === 'packs') process.stderr.write(`${packsLines(event)}\n`);
}

export function packsLines({ names, advice, warnings }: Extract<RunEvent, { type: 'packs' }>): string {
  const packs = `packs: ${names.length > 0 ? names.join(', ') : 'none'}`;
  const lines = [
    advice === null ? packs : `${packs}; ${advice}`,
    ...warnings.map(({ code, message }) => `${code}: ${message}`),
  ];
  return lines.map(printable).join('\n');
}

export function unknownLabelsLine({ names, of }: Extract<RunEvent, { type: 'unknown-labels' }>): string {
  const more = names.length - MAX_NAMES_SHOWN;
  const list = `${names.slice(0, MAX_NAMES_SHOWN).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
  const advice = '`earsight packs show` lists the classes of a pack; clip-clap takes any name';
  if (names.length < of) return `no network has a class for: ${list} (${advice})`;
  return `WARNING: no network has a class for any label of the list, so nothing will be found: ${list} (${advice})`;
}
