import type { Interval } from '../../measures/index.js';

/** One figure with all that a reader needs to use it. */
export interface Figure {
  readonly name: string;
  readonly value: number | null;
  readonly interval: Interval | null;
  /** For example `0 to 1`. */
  readonly range: string;
  readonly better: 'higher' | 'lower' | 'neither';
  /** Why there is no value, or what to know about it. */
  readonly note?: string;
}

export interface EvaluationTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** What `earsight eval` prints: as tables for people, as one JSON object with `--json`. */
export interface Evaluation {
  readonly task: string;
  /** The definition and where it comes from. */
  readonly source: string;
  /** Settings that change the figures. */
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
  readonly count: number;
  readonly figures: readonly Figure[];
  readonly tables: readonly EvaluationTable[];
  readonly warnings: readonly string[];
  /** Further content of the JSON object alone. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export function evaluationJson({
  task,
  source,
  settings,
  count,
  figures,
  tables,
  warnings,
  details,
}: Evaluation): string {
  return JSON.stringify({ schema: 1, task, source, settings, count, figures, tables, warnings, ...details });
}

export function evaluationText({ task, source, count, figures, tables, warnings }: Evaluation): string {
  const lines = [`${task}: ${count} compared; ${source}`, ''];
  lines.push(
    ...aligned(
      ['figure', 'value', '95 % interval', 'range', 'better'],
      figures.map(({ name, value, interval, range, better, note }) => [
        name,
        value === null ? `n/a (${note ?? 'nothing to compare'})` : value.toFixed(4),
        interval === null || value === null ? '' : `${interval[0].toFixed(4)} to ${interval[1].toFixed(4)}`,
        range,
        better,
      ]),
    ),
  );
  for (const { title, columns, rows } of tables) lines.push('', title, ...aligned(columns, rows));
  for (const warning of warnings) lines.push('', `warning: ${warning}`);
  return `${lines.join('\n')}\n`;
}

function aligned(columns: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string[] {
  const cells = [columns, ...rows].map((row) => row.map(textOf));
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => (row[at] ?? '').length)));
  return cells.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function textOf(value: string | number | null): string {
  if (value === null) return '-';
  return typeof value === 'string' || Number.isInteger(value) ? String(value) : value.toFixed(4);
}
