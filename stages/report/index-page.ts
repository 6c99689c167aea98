import type { VideoEvent } from '../../core/schemas/events.js';
import type { IndexRow, SummaryFile } from '../../core/schemas/run.js';
import { CATALOGUE } from '../../core/error-catalogue.js';
import { bundleScript, bundleStyle } from './client-bundle.js';
import { fileName } from './compact-report.js';
import { escapeHtml as h, relativeUrl } from './escape-html.js';
import type { IndexData, IndexEntry, LabelCount } from './index-data.js';
import { MARK, renderPage } from './page-shell.js';
import { clockText } from './quantity-text.js';
import { modalityIndex } from './score-lanes.js';

/** What the overview shows of a finished video in addition to its row. */
export interface VideoOverview {
  /** Path of a published key frame, relative to the output folder. */
  readonly thumbnail: string | null;
  readonly events: readonly VideoEvent[];
}

/** Columns of the small time line in a row. */
const STRIP_COLUMNS = 72;
/** Most names above the list: they fill two lines. */
const MAX_CHIPS = 24;

/**
 * Renders `index.html` of an output folder: every input of a run, searchable, linked to its report. client/index.js lays out
 * one page of rows at a time, so that ten thousand inputs stay usable.
 * @param overviewOf returns null for inputs without results; called once per row
 */
export async function renderIndex(
  rows: readonly IndexRow[],
  summary: SummaryFile,
  overviewOf: (row: IndexRow) => VideoOverview | null,
): Promise<string> {
  const labels = new Map<string, number>();
  const root = commonFolder(rows.map(({ input }) => input));
  const entries = rows.map((row) => entryOf(row, overviewOf(row), root, labels));
  const data: IndexData = { labels: [...labels.keys()], entries };
  return renderPage({
    title: 'earsight',
    css: await bundleStyle(['../../../core/page-kit/page.css', '../../../core/page-kit/video-list.css']),
    script: await bundleScript('index.js'),
    // Key frames are files beside the page, opened from disk or served.
    imageSources: "'self' file: data:",
    data,
    body: `${head(rows.length, summary)}
<main id="index"><noscript><p class="notice">The list needs JavaScript. The same rows are in <code>index.jsonl</code>.</p></noscript></main>`,
  });
}

function entryOf(row: IndexRow, overview: VideoOverview | null, root: string, labels: Map<string, number>): IndexEntry {
  const report = row.outputs.find((path) => path.endsWith('report.html'));
  const name = fileName(row.input);
  const advice =
    row.error && row.error.code in CATALOGUE ? CATALOGUE[row.error.code as keyof typeof CATALOGUE].advice : '';
  return {
    name,
    folder: row.input.slice(root.length, -name.length),
    status: row.status,
    durationSec: row.durationSec,
    report: report === undefined ? null : relativeUrl(report),
    thumbnail: overview?.thumbnail == null ? null : relativeUrl(overview.thumbnail),
    labels: overview ? labelCounts(overview.events, labels) : [],
    strip: overview && row.durationSec ? strip(overview.events, row.durationSec) : '',
    error: row.error && { ...row.error, advice },
    warnings: row.warnings.codes,
  };
}

/** The labels of one video, by total duration of their events, longest first. Adds new names to `labels`. */
function labelCounts(events: readonly VideoEvent[], labels: Map<string, number>): LabelCount[] {
  const counts = new Map<string, { counts: [number, number, number]; firstSec: number; totalSec: number }>();
  for (const { label, modality, startSec, endSec } of events) {
    const count = counts.get(label) ?? { counts: [0, 0, 0], firstSec: Infinity, totalSec: 0 };
    count.counts[modalityIndex(modality)] += 1;
    count.firstSec = Math.min(count.firstSec, startSec);
    count.totalSec += endSec - startSec;
    counts.set(label, count);
  }
  return [...counts]
    .sort((a, b) => b[1].totalSec - a[1].totalSec)
    .map(
      ([
        label,
        {
          counts: [heard, seen, both],
          firstSec,
        },
      ]) => {
        const index = labels.get(label) ?? labels.size;
        labels.set(label, index);
        return [index, heard, seen, both, firstSec];
      },
    );
}

/** See `IndexEntry.strip`. */
function strip(events: readonly VideoEvent[], durationSec: number): string {
  const columns = new Array<number>(STRIP_COLUMNS).fill(0);
  for (const { modality, startSec, endSec } of events) {
    const bit = 1 << modalityIndex(modality);
    const from = Math.floor((startSec / durationSec) * STRIP_COLUMNS);
    const to = Math.min(STRIP_COLUMNS, Math.max(from + 1, Math.round((endSec / durationSec) * STRIP_COLUMNS)));
    for (let column = from; column < to; column++) columns[column] = (columns[column] ?? 0) | bit;
  }
  return columns.join('');
}

/** The common folder of all inputs, including its last separator. */
function commonFolder(paths: readonly string[]): string {
  let shared = paths[0] ?? '';
  for (const path of paths) while (!path.startsWith(shared)) shared = shared.slice(0, -1);
  return shared.slice(0, Math.max(shared.lastIndexOf('/'), shared.lastIndexOf('\\')) + 1);
}

function head(count: number, summary: SummaryFile): string {
  const { counts, mediaSec, wallSec, device, packs, speedOfLight } = summary;
  const events = Object.values(summary.eventsPerLabel).reduce((sum, count) => sum + count, 0);
  const figures: [string, string][] = [
    [count.toLocaleString('en'), count === 1 ? 'file' : 'files'],
    [clockText(mediaSec), 'of sound and picture'],
    [events.toLocaleString('en'), events === 1 ? 'event' : 'events'],
    [counts.failed.toLocaleString('en'), 'failed'],
  ];
  const facts: [string, string][] = [
    ['Run', h(summary.startedAt.replace('T', ' ').slice(0, 16))],
    [
      'Took',
      `${clockText(wallSec)}${wallSec > 0 && mediaSec > 0 ? ` (${(mediaSec / wallSec).toFixed(1)} × real time)` : ''}`,
    ],
    ['Packs', packs.length === 0 ? 'none' : packs.map(h).join(', ')],
    ['Device', device === null ? 'no model ran' : h(device)],
    ['Frames', summary.frameMode === 'all' ? 'all decoded' : 'key frames only'],
    ['earsight', h(summary.earsight)],
  ];
  if (speedOfLight) facts.push(['Of the networks’ own speed', `${Math.round(speedOfLight.ratio * 100)} %`]);
  return `<header class="head">
<p class="brand">${MARK} earsight</p>
<h1 class="visually-hidden">Overview of a run</h1>
<ul class="figures">${figures.map(([value, unit]) => `<li><b>${value}</b> ${unit}</li>`).join('')}</ul>
<dl class="facts">${facts.map(([term, value]) => `<div><dt>${term}</dt><dd>${value}</dd></div>`).join('')}</dl>
${searchChips('Events of each label', summary.eventsPerLabel)}${searchChips('Failures', summary.failuresPerCode)}${searchChips('Videos with warnings', summary.warningsPerCode)}
</header>${packs.length === 0 ? NO_LABELS : ''}`;
}

/** The most frequent names with their counts; a click searches for the name. */
function searchChips(title: string, counts: Readonly<Record<string, number>>): string {
  const mostFrequent = Object.entries(counts)
    .sort((a, b) => b[1] - a[1])
    .slice(0, MAX_CHIPS);
  if (mostFrequent.length === 0) return '';
  const chips = mostFrequent.map(
    ([name, count]) =>
      `<li><button type="button" class="chip" data-search="${h(name)}"><bdi>${h(name)}</bdi> <span class="muted">${count}</span></button></li>`,
  );
  return `<ul class="chips" aria-label="${title}">${chips.join('')}</ul>`;
}

const NO_LABELS =
  '<section class="notices"><p class="notice"><b>No labels yet.</b> To learn what is heard and seen: <code>earsight packs pull clip-clap</code>, then run again.</p></section>';
