// @ts-check
import { element } from '../../../core/page-kit/dom.js';
import { MODALITY_MARKS, MODALITY_NAMES, MODALITY_WORDS } from './report-model.js';

/** `● heard`: a shape, a colour and a word. @param {0 | 1 | 2} modality */
export function senseTag(modality) {
  const mark = element('span', { 'aria-hidden': 'true' }, MODALITY_MARKS[modality] ?? '');
  return element('span', { class: `sense ${MODALITY_NAMES[modality]}` }, mark, ` ${MODALITY_WORDS[modality]}`);
}
