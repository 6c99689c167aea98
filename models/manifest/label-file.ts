import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EarsightError } from '../../core/errors.js';
import type { ManifestModel, ModelOf } from './manifest.js';

type LabelFormat = ModelOf<'audio-tags'>['labels']['format'];

/**
 * The class names of a network in the order of its scores; null for a network without classes of its own.
 * @param model.folder the folder of the pack. @throws EARSIGHT_PACK_INVALID
 */
export async function classNamesOf(model: {
  readonly folder: string;
  readonly manifest: ManifestModel;
}): Promise<readonly string[] | null> {
  const { folder, manifest } = model;
  if (!('labels' in manifest)) return null;
  return await readLabelFile(join(folder, manifest.labels.path), manifest.labels.format);
}

/** Reads class names in the order of the network's scores. @throws EARSIGHT_PACK_INVALID when a line has another format */
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

/** Returns the name on a line, or null when the line has another format or its index is not its position. */
function nameOf(line: string, index: number, format: LabelFormat): string | null {
  if (format === 'lines') return line.trim();
  const match =
    format === 'audioset-csv' ? /^(\d+),[^,]+,(?:"(.*)"|([^"]*))$/.exec(line) : /^(\d+)\t\w+\t(.+)$/.exec(line);
  if (!match || Number(match[1]) !== index) return null;
  const name = match[2]?.replaceAll('""', '"') ?? match[3];
  return name?.trim() ?? null;
}
