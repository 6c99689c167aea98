import type { RunEvent } from '../run/run-events.js';
import { printable } from './terminal-text.js';

/** So many names of a list are shown; who wrote it knows the rest. */
const NAMES_SHOWN = 5;

/** For commands that show nothing else of a run: what is to be said of its packs and labels, on standard error. */
export function tellPacks(event: RunEvent): void {
  const lines: string[] = [];
  if (event.type === 'unknown-labels') lines.push(unknownLabelsLine(event));
  if (event.type === 'packs')
    lines.push(...(event.advice === null ? [] : [event.advice]), ...event.warnings.map(({ message }) => message));
  for (const line of lines) process.stderr.write(`${printable(line)}\n`);
}

export function unknownLabelsLine({ names, of }: Extract<RunEvent, { type: 'unknown-labels' }>): string {
  const more = names.length - NAMES_SHOWN;
  const list = `${names.slice(0, NAMES_SHOWN).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
  const advice = '`earsight packs show` lists the classes of a pack; clip-clap takes any name';
  if (names.length < of) return `no network has a class for: ${list} (${advice})`;
  return `WARNING: no network has a class for any label of the list, so nothing will be found: ${list} (${advice})`;
}
