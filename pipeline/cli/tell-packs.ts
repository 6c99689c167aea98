import type { RunEvent } from '../run/run-events.js';
import { printable } from './terminal-text.js';

/** So many names of a list are shown; who wrote it knows the rest. */
const NAMES_SHOWN = 5;

/** For commands that show nothing else of a run: its packs, and what is to be said of them and of its labels. */
export function tellPacks(event: RunEvent): void {
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
  const more = names.length - NAMES_SHOWN;
  const list = `${names.slice(0, NAMES_SHOWN).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
  const advice = '`earsight packs show` lists the classes of a pack; clip-clap takes any name';
  if (names.length < of) return `no network has a class for: ${list} (${advice})`;
  return `WARNING: no network has a class for any label of the list, so nothing will be found: ${list} (${advice})`;
}
