import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { EarsightError } from '../../core/errors.js';
import type { modelSchema } from './manifest.js';

type LabelFormat = Extract<z.infer<typeof modelSchema>, { role: 'audio-tags' }>['labels']['format'];

/** Class names in the order of the network's scores. @throws EARSIGHT_PACK_INVALID when a line is not of the format. */
export async function readLabelFile(path: string, format: LabelFormat): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new EarsightError('EARSIGHT_PACK_INVALID', { path, reason: 'the label file cannot be read' }, { cause });
  });
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const names = lines.slice(format === 'audioset-csv' ? 1 : 0).map((line, index) => nameOf(line, index, format));
  const broken = names.indexOf(null);
  if (broken >= 0) throw new EarsightError('EARSIGHT_PACK_INVALID', { path, reason: `row ${broken} is not ${format}` });
  return names.filter((name) => name !== null);
}

/** The name on a line; null when the line is of another format or its index is not its place. */
function nameOf(line: string, index: number, format: LabelFormat): string | null {
  if (format === 'lines') return line.trim();
  const match =
    format === 'audioset-csv' ? /^(\d+),[^,]+,(?:"(.*)"|([^"]*))$/.exec(line) : /^(\d+)\t\w+\t(.+)$/.exec(line);
  if (!match || Number(match[1]) !== index) return null;
  const name = match[2]?.replaceAll('""', '"') ?? match[3];
  return name?.trim() ?? null;
}
