import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderIndex, type VideoOverview } from '../../stages/report/index-page.js';
import { eventsFileSchema } from '../../core/schemas/events.js';
import { indexRowSchema, summaryFileSchema, type IndexRow, type SummaryFile } from '../../core/schemas/run.js';
import { asOutputError } from '../../core/store/artefact-store.js';
import { writeFileAtomically } from '../../core/store/atomic-file.js';

/**
 * `index.jsonl`, `summary.json` and `index.html` describe the last run: one row an input, in the order they were found.
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
    const page = await renderIndex(rows, summary, (row) => overviewOf(outputFolder, row));
    await writeFileAtomically(join(outputFolder, 'index.html'), page);
  } catch (error) {
    throw asOutputError(error, outputFolder);
  }
}

function overviewOf(outputFolder: string, row: IndexRow): VideoOverview | null {
  const events = row.outputs.find((path) => path.endsWith('/events.json'));
  if (events === undefined) return null;
  const file: unknown = JSON.parse(readFileSync(join(outputFolder, events), 'utf8'));
  const thumbnail = row.outputs.find((path) => /\/keyframes\/[^/]+$/.test(path)) ?? null;
  return { thumbnail, events: eventsFileSchema.parse(file).events };
}
