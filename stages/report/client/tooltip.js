// @ts-check
import { element } from '../../../core/page-kit/dom.js';
import { clock } from '../../../core/page-kit/clock.js';
import { describe, segmentText, shotAt } from './describe.js';
import { report, shots } from './report-model.js';

export const tooltip = element('div', { class: 'tooltip', role: 'tooltip', hidden: true });

/** @param {import('./view.js').Row} row @param {number} sec @param {number} clientX @param {number} clientY */
export function showTooltip(row, sec, clientX, clientY) {
  const { title, facts } = describe(row, sec);
  const time = row.kind === 'shots' ? clock(sec, 1) : `${clock(sec, 1)} · segment ${segmentText(sec)}`;
  const lines = [time, ...facts].map((text) => element('div', {}, text));
  tooltip.replaceChildren(element('b', {}, title), ...lines);
  const picture = row.kind === 'shots' ? shots[shotAt(sec)]?.picture : undefined;
  const source = picture === undefined ? undefined : report.thumbnails[picture];
  if (source !== undefined) tooltip.prepend(element('img', { src: source, alt: '' }));
  tooltip.hidden = false;
  const { width, height } = tooltip.getBoundingClientRect();
  const left = Math.max(8, Math.min(document.documentElement.clientWidth - width - 8, clientX + 14));
  const above = clientY + 20 + height > window.innerHeight;
  tooltip.style.left = `${left}px`;
  tooltip.style.top = `${Math.max(8, above ? clientY - height - 14 : clientY + 20)}px`;
}

export function hideTooltip() {
  tooltip.hidden = true;
}
