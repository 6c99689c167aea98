import type { Fact, FactKind } from '../../../core/schemas/description.js';

export type Span = Fact['spans'][number];

/** Collects facts and gives each an id. Only facts that a phrase rests on are written out. */
export class FactList {
  private readonly facts: Fact[] = [];

  /** Adds a fact and returns its id. */
  add(kind: FactKind, from: Fact['from'], about: string, value: string, rest: Partial<Fact> = {}): string {
    const id = `f${this.facts.length + 1}`;
    this.facts.push({ id, kind, about, value, confidence: null, from, spans: [], tracks: [], shots: [], ...rest });
    return id;
  }

  used(ids: ReadonlySet<string>): Fact[] {
    return this.facts.filter(({ id }) => ids.has(id));
  }
}

/** Joins spans that overlap or lie at most `gapSec` apart, in order of time. */
export function joinSpans(spans: readonly Span[], gapSec: number): Span[] {
  const joined: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.startSec - b.startSec)) {
    const last = joined.at(-1);
    if (last && span.startSec <= last.endSec + gapSec) last.endSec = Math.max(last.endSec, span.endSec);
    else joined.push({ startSec: span.startSec, endSec: span.endSec });
  }
  return joined;
}

export function totalSec(spans: readonly Span[]): number {
  return spans.reduce((sum, { startSec, endSec }) => sum + endSec - startSec, 0);
}

export function overlaps(a: Span, b: Span): boolean {
  return a.startSec < b.endSec && b.startSec < a.endSec;
}

/** The part of each span inside `within`; spans outside are left out. */
export function clipSpans(spans: readonly Span[], within: Span): Span[] {
  return spans
    .filter((span) => overlaps(span, within))
    .map(({ startSec, endSec }) => ({
      startSec: Math.max(startSec, within.startSec),
      endSec: Math.min(endSec, within.endSec),
    }));
}
