import type { VideoEvent } from '../../core/schemas/events.js';

/** A stretch in which the set of active events does not change. Whole milliseconds, what WebVTT can say. */
export interface Chapter {
  readonly startMs: number;
  readonly endMs: number;
  readonly labels: readonly { readonly label: string; readonly heard: boolean; readonly seen: boolean }[];
}

/**
 * Chapters do not overlap in a player, events do: cuts time at every start and end. Stretches without an event make no
 * chapter; neighbours that say the same become one. Labels keep the order of `labelOrder`, unknown ones come last.
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
