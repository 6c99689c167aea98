import type { VideoEvent } from '../../core/schemas/events.js';

/** A span in which the set of active events does not change. Whole milliseconds, the resolution of WebVTT. */
interface Chapter {
  readonly startMs: number;
  readonly endMs: number;
  readonly labels: readonly { readonly label: string; readonly heard: boolean; readonly seen: boolean }[];
}

/**
 * Splits time at every start and end of an event, because events may overlap and the chapters of a player may not. Spans
 * without an event make no chapter; adjacent spans with the same labels become one chapter. Labels keep the order of
 * `labelOrder`; labels that are not in it come last.
 */
export function chaptersOf(events: readonly VideoEvent[], labelOrder: readonly string[]): Chapter[] {
  const rank = new Map(labelOrder.map((label, index) => [label, index]));
  const changes = events
    .map((event) => ({ event, startMs: Math.round(event.startSec * 1000), endMs: Math.round(event.endSec * 1000) }))
    .filter(({ startMs, endMs }) => endMs > startMs)
    .flatMap(({ event, startMs, endMs }) => [
      { atMs: startMs, event, opens: true },
      { atMs: endMs, event, opens: false },
    ])
    .sort((a, b) => a.atMs - b.atMs);
  const active = new Set<VideoEvent>();
  const chapters: Chapter[] = [];
  for (const [index, change] of changes.entries()) {
    if (change.opens) active.add(change.event);
    else active.delete(change.event);
    const endMs = changes[index + 1]?.atMs ?? change.atMs;
    if (endMs === change.atMs || active.size === 0) continue;
    const labels = activeLabels(active, rank);
    const last = chapters.at(-1);
    if (last?.endMs === change.atMs && JSON.stringify(last.labels) === JSON.stringify(labels))
      chapters[chapters.length - 1] = { ...last, endMs };
    else chapters.push({ startMs: change.atMs, endMs, labels });
  }
  return chapters;
}

function activeLabels(active: ReadonlySet<VideoEvent>, rank: ReadonlyMap<string, number>): Chapter['labels'] {
  const byLabel = new Map<string, { label: string; heard: boolean; seen: boolean }>();
  for (const { label, modality } of active) {
    const entry = byLabel.get(label) ?? { label, heard: false, seen: false };
    entry.heard ||= modality !== 'visual';
    entry.seen ||= modality !== 'audio';
    byLabel.set(label, entry);
  }
  const position = (label: string): number => rank.get(label) ?? rank.size;
  return [...byLabel.values()].sort(
    (a, b) => position(a.label) - position(b.label) || (a.label < b.label ? -1 : a.label > b.label ? 1 : 0),
  );
}

/** A WebVTT file of chapters (https://www.w3.org/TR/webvtt1/): "Dog (heard and seen) · Speech (heard)". */
export function webVtt(chapters: readonly Chapter[]): string {
  const cues = chapters.map(({ startMs, endMs, labels }) => {
    const text = labels.map((entry) => `${cueText(entry.label)} (${senses(entry)})`).join(' · ');
    return `\n${timestamp(startMs)} --> ${timestamp(endMs)}\n${text}\n`;
  });
  return `WEBVTT\n${cues.join('')}`;
}

function senses({ heard, seen }: { heard: boolean; seen: boolean }): string {
  return heard && seen ? 'heard and seen' : heard ? 'heard' : 'seen';
}

/** Label text on one line: a blank line would end the cue, `-->` would begin another one, and `<` would open a tag. */
function cueText(label: string): string {
  return label
    .replace(/[\s\u0000-\u001f\u007f]+/g, ' ')
    .trim()
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
}

function timestamp(ms: number): string {
  const part = (value: number, digits: number): string => String(value).padStart(digits, '0');
  const seconds = Math.floor(ms / 1000);
  return `${part(Math.floor(seconds / 3600), 2)}:${part(Math.floor(seconds / 60) % 60, 2)}:${part(seconds % 60, 2)}.${part(ms % 1000, 3)}`;
}
