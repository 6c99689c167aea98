import { readFile } from 'node:fs/promises';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import { utf8Text } from '../../core/utf8-text.js';

/** One row of a table or one object of a JSON file, with what an error message needs to name it. */
export class RecordRow {
  constructor(
    readonly path: string,
    readonly line: number,
    private readonly fields: Readonly<Record<string, unknown>>,
  ) {}

  has(field: string): boolean {
    return this.fields[field] !== undefined && this.fields[field] !== null;
  }

  /** The text of the first of these fields that is there. @throws EarsightError EARSIGHT_TABLE_INVALID when none is. */
  text(...names: readonly string[]): string {
    for (const name of names) {
      const value = this.fields[name];
      if (typeof value === 'string') return value;
      if (typeof value === 'number') return String(value);
    }
    throw this.invalid(`no text in the field ${names.join(' or ')}`);
  }

  number(name: string): number {
    const value = this.fields[name];
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isFinite(number)) throw this.invalid(`the field ${name} is not a number`);
    return number;
  }

  /** A list; in a table, its items lie between semicolons. */
  list(name: string): readonly unknown[] {
    const value = this.fields[name];
    if (Array.isArray(value)) return value as readonly unknown[];
    if (typeof value === 'string') return value === '' ? [] : value.split(';').map((item) => item.trim());
    throw this.invalid(`the field ${name} is not a list`);
  }

  texts(name: string): string[] {
    return this.list(name).map((item) => {
      if (typeof item !== 'string') throw this.invalid(`the field ${name} holds something that is not a text`);
      return item;
    });
  }

  numbers(name: string): number[] {
    return this.list(name).map((item) => {
      const number = typeof item === 'string' && item !== '' ? Number(item) : item;
      if (typeof number !== 'number' || !Number.isFinite(number))
        throw this.invalid(`the field ${name} holds something that is not a number`);
      return number;
    });
  }

  invalid(reason: string): EarsightError {
    return new EarsightError('EARSIGHT_TABLE_INVALID', { path: this.path, line: this.line, reason });
  }
}

/** Reads a UTF-8 text file. @throws EarsightError with the code of what is wrong with the file. */
export async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw toEarsightError(error, path);
  });
  const text = utf8Text(bytes);
  if (text === null)
    throw new EarsightError('EARSIGHT_TABLE_INVALID', { path, line: 1, reason: 'it is not UTF-8 text' });
  return text;
}

/**
 * Reads records: JSON lines, a JSON array of objects, a JSON object of objects (whose keys become the field `id`), or a table with
 * a header, separated by tabs or commas, in which quotes may enclose a field.
 */
export async function readRecords(path: string): Promise<RecordRow[]> {
  const text = await readText(path);
  const start = text.trimStart();
  if (start.startsWith('['))
    return ofJson(path, text, (value) => (Array.isArray(value) ? value.map((item) => ['', item]) : []));
  if (start.startsWith('{')) {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    if (lines.length > 1 && parses(lines[0] ?? '')) return ofLines(path, text);
    if (lines.length === 1 && isFlat(lines[0] ?? '')) return ofLines(path, text);
    return ofJson(path, text, (value) => (isObject(value) ? Object.entries(value) : []));
  }
  return ofTable(path, text);
}

/** Records by the id in one of these fields. @throws EarsightError EARSIGHT_TABLE_INVALID when two have one id. */
export function byId(records: readonly RecordRow[], ...fields: readonly string[]): Map<string, RecordRow> {
  const result = new Map<string, RecordRow>();
  for (const record of records) {
    const id = record.text(...fields);
    const earlier = result.get(id);
    if (earlier !== undefined) throw record.invalid(`the id ${id} is in line ${earlier.line} as well`);
    result.set(id, record);
  }
  return result;
}

function ofLines(path: string, text: string): RecordRow[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw new EarsightError('EARSIGHT_TABLE_INVALID', { path, line: index + 1, reason: 'it is not JSON' });
    }
    return [recordOf(path, index + 1, value)];
  });
}

function ofJson(
  path: string,
  text: string,
  entriesOf: (value: unknown) => readonly (readonly [string, unknown])[],
): RecordRow[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const at = Number(/position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1] ?? 0);
    const line = text.slice(0, at).split('\n').length;
    throw new EarsightError('EARSIGHT_TABLE_INVALID', { path, line, reason: 'it is not JSON' });
  }
  // The line of a record inside a JSON document is where its key stands, or its number in an array.
  const lines = text.split('\n');
  let from = 0;
  return entriesOf(value).map(([key, item], index) => {
    if (key === '') return recordOf(path, index + 1, item);
    const found = lines.findIndex((line, at) => at >= from && line.includes(`"${key}"`));
    if (found >= 0) from = found;
    return recordOf(path, from + 1, isObject(item) ? { id: key, ...item } : item);
  });
}

function recordOf(path: string, line: number, value: unknown): RecordRow {
  if (!isObject(value))
    throw new EarsightError('EARSIGHT_TABLE_INVALID', { path, line, reason: 'it is not an object' });
  return new RecordRow(path, line, value);
}

function ofTable(path: string, text: string): RecordRow[] {
  const separator = (text.split('\n', 1)[0] ?? '').includes('\t') ? '\t' : ',';
  const [header, ...rows] = parseTable(text, separator);
  if (header === undefined) return [];
  const names = header.cells.map((name) => name.trim());
  return rows.map(({ line, cells }) => {
    if (cells.length !== names.length)
      throw new EarsightError('EARSIGHT_TABLE_INVALID', {
        path,
        line,
        reason: `${cells.length} columns instead of ${names.length}`,
      });
    return new RecordRow(path, line, Object.fromEntries(names.map((name, at) => [name, cells[at]])));
  });
}

/** RFC 4180: a field in quotes may hold separators, line breaks, and quotes as pairs. */
function parseTable(text: string, separator: string): { line: number; cells: string[] }[] {
  const rows: { line: number; cells: string[] }[] = [];
  let cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  let line = 1;
  let begin = 1;
  const endRow = (): void => {
    cells.push(cell);
    if (cells.length > 1 || cell.trim() !== '') rows.push({ line: begin, cells });
    cells = [];
    cell = '';
    begin = line;
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === '\n') line += 1;
    if (isQuoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else isQuoted = false;
    } else if (character === '"' && cell === '') isQuoted = true;
    else if (character === separator) {
      cells.push(cell);
      cell = '';
    } else if (character === '\n') endRow();
    else if (character !== '\r') cell += character;
  }
  if (cell !== '' || cells.length > 0) endRow();
  return rows;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parses(line: string): boolean {
  try {
    return isObject(JSON.parse(line));
  } catch {
    return false;
  }
}

/** True for one record by itself; false for an object whose values are records. */
function isFlat(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) && !Object.values(value).every(isObject);
  } catch {
    return false;
  }
}
