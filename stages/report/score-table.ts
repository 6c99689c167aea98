import type { Score, ScoresFile } from '../../core/schemas/scores.js';
import { escapeHtml as h } from './escape-html.js';
import { clockText } from './quantity-text.js';

/** Most stretches of a fault that are named. */
const MOST_STRETCHES = 12;

/** The scores of a video as a closed section below the time line: every number with its range, direction and definition. */
export function scoreTable({ scores, faults }: ScoresFile): string {
  const rows = scores.map(
    (score) =>
      `<tr><th scope="row">${h(score.name)}</th><td>${valueText(score)}</td><td>${h(score.range)}</td><td>${score.better}</td><td title="${h(score.source)}">${h(score.definition)}</td></tr>`,
  );
  const found = Object.entries(faults).flatMap(([name, spans]) =>
    spans.length === 0
      ? []
      : `<li>${h(name)}: ${spans
          .slice(0, MOST_STRETCHES)
          .map(({ startSec, endSec }) => `${clockText(startSec)} to ${clockText(endSec)}`)
          .join(', ')}${spans.length > MOST_STRETCHES ? ` and ${spans.length - MOST_STRETCHES} more` : ''}</li>`,
  );
  return `<details class="models"><summary>Scores and faults</summary>
${found.length === 0 ? '' : `<ul>${found.join('')}</ul>`}
<table><thead><tr><th>score</th><th>value</th><th>range</th><th>better</th><th>definition</th></tr></thead><tbody>${rows.join('')}</tbody></table>
</details>`;
}

function valueText({ value, reason, unit, interval, matched, random }: Score): string {
  if (value === null) return `not applicable: ${h(reason ?? '')}`;
  const anchors =
    matched === null || random === null ? '' : `; own sound ${matched.toFixed(2)}, foreign sound ${random.toFixed(2)}`;
  const range = interval === null ? '' : ` (${interval[0].toFixed(2)} to ${interval[1].toFixed(2)})`;
  return `${value.toFixed(3)}${range} ${h(unit)}${anchors}`;
}
