import type { EventsFile } from '../../core/schemas/events.js';
import { bundleScript, bundleStyle } from './client-bundle.js';
import { fileName, type CompactReport } from './compact-report.js';
import { clockText, sizeText } from './quantity-text.js';
import { escapeHtml as h } from './escape-html.js';
import { MARK, renderPage } from './page-shell.js';
import type { ReportData } from './report-data.js';

const NO_LABELS =
  '<p class="notice"><b>No labels yet.</b> Shots, camera, loudness and onsets need no model and are below. To learn what is heard and seen: <code>earsight packs pull clip-clap</code>, then run again.</p>';

/** Renders the report of one video. The head is plain HTML; client/report.js draws everything along the time axis. */
export async function renderReport(
  file: EventsFile,
  objectModels: EventsFile['models'],
  compact: CompactReport,
): Promise<string> {
  const { data } = compact;
  const name = fileName(file.source.path);
  return renderPage({
    title: `${name} · earsight`,
    css: await bundleStyle(['../../../core/page-kit/page.css', 'report.css', 'warnings.css', 'events.css']),
    script: await bundleScript('report.js'),
    imageSources: 'data:',
    data,
    body: `${head(file, objectModels, name, data)}
<main id="report">
<noscript><p class="notice">The time line needs JavaScript. The same facts are in <code>events.json</code>.</p></noscript>
</main>
${notices(file, compact)}`,
  });
}

function head(file: EventsFile, objectModels: EventsFile['models'], name: string, data: ReportData): string {
  const facts: (readonly [string, string])[] = [
    ['Duration', clockText(file.source.durationSec)],
    ['Size', sizeText(file.source.bytes)],
    ['SHA-256', `<code title="${h(file.source.sha256)}">${h(file.source.sha256.slice(0, 12))}</code>`],
    ['Segments', `${file.grid.count} × ${file.grid.segmentSec} s`],
    ['Frames', framesText(file.frameMode, data.shots.length)],
    ['Device', file.device === null ? 'no model ran' : h(file.device)],
    ...(file.warnings.length === 0
      ? []
      : [['Warnings', `<a href="#notes">${file.warnings.length} below</a>`] as const]),
  ];
  return `<header class="head">
<p class="brand">${MARK} earsight</p>
<h1><bdi>${h(name)}</bdi></h1>
<dl class="facts">${facts.map(([term, value]) => `<div><dt>${term}</dt><dd>${value}</dd></div>`).join('')}</dl>
${modelList([...file.models, ...objectModels])}
</header>`;
}

function framesText(mode: EventsFile['frameMode'], shots: number): string {
  if (shots === 0) return 'no picture';
  return mode === 'all' ? 'all decoded' : 'key frames only (cuts are approximate)';
}

/** Every network once: those that score labels first, then those that detect objects and people. */
function modelList(models: EventsFile['models']): string {
  if (models.length === 0) return '';
  const each = [...new Map(models.map((model) => [model.sha256, model])).values()];
  const items = each.map(
    ({ name, role, pack, licence, sha256 }) =>
      `<li><b>${h(name)}</b> <span>${h(role)}</span> <span>${h(pack)}</span> <span>${h(licence)}</span> <code title="${h(sha256)}">${h(sha256.slice(0, 8))}</code></li>`,
  );
  return `<details class="models"><summary>${each.length === 1 ? '1 model' : `${each.length} models`} behind these numbers</summary><ul>${items.join('')}</ul></details>`;
}

function notices(file: EventsFile, { data, leftOut }: CompactReport): string {
  const uncovered = uncoveredSenses(file);
  const present = { audio: data.sound !== null, visual: data.shots.length > 0 };
  // A file with one modality says nothing about the other: a silent film cannot show that no network can hear speech.
  const verb = !present.visual ? 'can hear' : !present.audio ? 'can see' : 'knows';
  const [unknownLabels, oneSenseLabels]: [string[], string[]] = [[], []];
  for (const [label, senses] of uncovered) {
    const covered = (['audio', 'visual'] as const).find((sense) => present[sense] && !senses.has(sense));
    if (covered === undefined) unknownLabels.push(`<bdi>${h(label)}</bdi>`);
    else
      oneSenseLabels.push(
        `<bdi>${h(label)}</bdi> <span class="muted">${covered === 'audio' ? 'heard' : 'seen'}</span>`,
      );
  }
  const blocks = [
    warningList(file.warnings),
    notice('Left out of this page', 'things left out of this page', leftOut.map(h)),
    notice(`A label that no network ${verb}`, `labels that no network ${verb}`, unknownLabels),
    notice('A label known by one sense only', 'labels known by one sense only', oneSenseLabels),
    file.models.length === 0 ? NO_LABELS : '',
  ].join('');
  return blocks === ''
    ? ''
    : `<section class="notices" id="notes" aria-label="Notes on this report">${blocks}</section>`;
}

/** Every warning with its advice; one about a part of the file links to where that begins. */
function warningList(warnings: EventsFile['warnings']): string {
  if (warnings.length === 0) return '';
  const items = warnings.map(({ code, message, startSec, endSec, advice }) => {
    const until = endSec === undefined ? '' : ` – ${clockText(endSec)}`;
    const when = startSec === undefined ? '' : `<a href="#t=${startSec}">${clockText(startSec)}${until}</a> `;
    return `<li>${when}${h(message)} <span class="muted">${h(advice)} <code>${h(code)}</code></span></li>`;
  });
  return `<div class="notice warnings"><b>${warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`}</b><ul>${items.join('')}</ul></div>`;
}

/** Shows one item directly, and folds several under their count. Items are HTML. */
function notice(one: string, many: string, items: readonly string[]): string {
  if (items.length === 0) return '';
  if (items.length === 1) return `<p class="notice"><b>${one}:</b> ${items[0] ?? ''}</p>`;
  const list = items.map((item) => `<li>${item}</li>`).join('');
  return `<details class="notice"><summary><b>${items.length} ${many}</b></summary><ul>${list}</ul></details>`;
}

/** The modalities in which no network covers a label. A missing score is not the same as an absent event. */
function uncoveredSenses(file: EventsFile): ReadonlyMap<string, ReadonlySet<'audio' | 'visual'>> {
  const senses = new Map<string, Set<'audio' | 'visual'>>();
  for (const { label, modality } of file.uncovered)
    senses.set(label, (senses.get(label) ?? new Set<'audio' | 'visual'>()).add(modality));
  return senses;
}
