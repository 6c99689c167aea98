import { EarsightError } from '../../core/errors.js';
import { LabelGrid } from './label-grid.js';

/** A row of LLP's dense labels: seconds from `onset` up to `offset`. */
export interface LabelledSpan {
  readonly filename: string;
  readonly onset: number;
  readonly offset: number;
  readonly classIndex: number;
}

/** Reads rows of a table with a header. The separator is the tab of LLP's files or, where the header has none, the comma. */
function rowsOf(text: string, path: string, columns: readonly string[]): { line: number; cells: string[] }[] {
  const [header = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const separator = header.includes('\t') ? '\t' : ',';
  const names = header.split(separator).map((name) => name.trim());
  const places = columns.map((column) => {
    const place = names.indexOf(column);
    if (place < 0) throw invalid(path, 1, `there is no column ${column}`);
    return place;
  });
  return lines.flatMap((row, index) => {
    if (row.trim() === '') return [];
    const cells = row.split(separator);
    // A table of names alone may hold commas in its other columns.
    if (cells.length < names.length)
      throw invalid(path, index + 2, `${cells.length} columns instead of ${names.length}`);
    return [{ line: index + 2, cells: places.map((place) => (cells[place] ?? '').trim()) }];
  });
}

/**
 * Reads dense labels in LLP's form: the columns `filename`, `onset`, `offset` and `event_labels`, one class per row.
 * @throws EarsightError EARSIGHT_TABLE_INVALID, which names the file and the line.
 */
export function readLabelledSpans(text: string, path: string, classes: readonly string[]): LabelledSpan[] {
  const indices = new Map(classes.map((name, index) => [name, index]));
  return rowsOf(text, path, ['filename', 'onset', 'offset', 'event_labels']).map(({ line, cells }) => {
    const [filename = '', from = '', to = '', label = ''] = cells;
    const classIndex = indices.get(label);
    if (filename === '') throw invalid(path, line, 'no filename');
    if (classIndex === undefined) throw invalid(path, line, `the class "${label}" is not in the class list`);
    return { filename, onset: secondsOf(from, path, line), offset: secondsOf(to, path, line), classIndex };
  });
}

/** Reads the column `filename` of a table. The names are compared as a whole: an id may hold `_` and `-`. */
export function readFilenames(text: string, path: string): string[] {
  return [...new Set(rowsOf(text, path, ['filename']).map(({ cells: [filename = ''] }) => filename))];
}

/** Reads the labels of whole videos: the columns `filename` and `event_labels`, a list with commas. */
export function readVideoLabels(text: string, path: string, classes: readonly string[]): Map<string, number[]> {
  const indices = new Map(classes.map((name, index) => [name, index]));
  return new Map(
    rowsOf(text, path, ['filename', 'event_labels']).map(({ line, cells: [filename = '', labels = ''] }) => [
      filename,
      labels.split(',').map((label) => {
        const index = indices.get(label);
        if (index === undefined) throw invalid(path, line, `the class "${label}" is not in the class list`);
        return index;
      }),
    ]),
  );
}

/** Paints spans into one grid per video. */
export function paintSpans(
  spans: readonly LabelledSpan[],
  { classes, segments }: { readonly classes: number; readonly segments: number },
): Map<string, LabelGrid> {
  const grids = new Map<string, LabelGrid>();
  for (const { filename, onset, offset, classIndex } of spans) {
    let grid = grids.get(filename);
    if (grid === undefined) grids.set(filename, (grid = new LabelGrid(classes, segments)));
    grid.paint(classIndex, onset, offset);
  }
  return grids;
}

function secondsOf(text: string, path: string, line: number): number {
  const seconds = Number(text);
  if (text === '' || !Number.isFinite(seconds)) throw invalid(path, line, `"${text}" is not a number of seconds`);
  return seconds;
}

function invalid(path: string, line: number, reason: string): EarsightError {
  return new EarsightError('EARSIGHT_TABLE_INVALID', { path, line, reason });
}
