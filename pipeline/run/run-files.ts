import { join } from 'node:path';
import { indexRowSchema, summaryFileSchema, type IndexRow, type SummaryFile } from '../schemas/run.js';
import { asOutputError } from '../store/artefact-store.js';
import { writeFileAtomically } from '../store/atomic-file.js';

/**
 * `index.jsonl` and `summary.json` describe the last run: one row an input, in the order they were found.
 * @throws EarsightError EARSIGHT_DISK_FULL, EARSIGHT_OUTPUT_UNWRITABLE.
 */
export async function writeRunFiles(
  outputFolder: string,
  rows: readonly IndexRow[],
  summary: SummaryFile,
): Promise<void> {
  try {
    const lines = rows.map((row) => `${JSON.stringify(indexRowSchema.parse(row))}\n`);
    await writeFileAtomically(join(outputFolder, 'index.jsonl'), lines.join(''));
    const text = JSON.stringify(summaryFileSchema.parse(summary), null, 2);
    await writeFileAtomically(join(outputFolder, 'summary.json'), `${text}\n`);
  } catch (error) {
    throw asOutputError(error, outputFolder);
  }
}

export function countBy(values: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Object.fromEntries(counts);
}
