// @ts-check
import { report, spanAt } from './report-model.js';
import { seek, showEvidence } from './view.js';

/** The phrases of the paragraph above the page, with what they rest on. */
const phrases = [...document.querySelectorAll('.phrase')].flatMap((node) => {
  const sentence = report.sentences[Number(node.getAttribute('data-sentence'))];
  const phrase = sentence?.phrases[Number(node.getAttribute('data-phrase'))];
  return phrase && node instanceof HTMLElement ? [{ node, phrase }] : [];
});

/**
 * Fills in the pictures of the script. A phrase lights up its evidence under the pointer or the focus; a click or the return
 * key goes there.
 */
export function startDescription() {
  for (const image of document.querySelectorAll('img[data-picture]'))
    image.setAttribute('src', report.thumbnails[Number(image.getAttribute('data-picture'))] ?? '');
  for (const { node, phrase } of phrases) {
    const go = () => {
      const [first] = phrase.spans;
      // A little inside, so that the picture of the span is shown and not the one before it.
      if (first) seek(first[0] + Math.min(0.01, (first[1] - first[0]) / 2));
      showEvidence(phrase);
    };
    for (const type of ['pointerenter', 'focus']) node.addEventListener(type, () => showEvidence(phrase));
    for (const type of ['pointerleave', 'blur']) node.addEventListener(type, () => showEvidence(null));
    node.addEventListener('click', go);
    node.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      go();
    });
  }
}

/**
 * Lights up the phrases that rest on what is under the pointer.
 * @param {import('./view.js').Row | null} row
 * @param {number} sec
 */
export function lightPhrases(row, sec) {
  for (const { node, phrase } of phrases) node.classList.toggle('lit', row !== null && restsOn(phrase, row, sec));
}

/** @param {import('../report-data.js').PhraseData} phrase @param {import('./view.js').Row} row @param {number} sec */
function restsOn({ spans, labels, from }, row, sec) {
  const spansHere = spans.map(([startSec, endSec]) => ({ startSec, endSec: Math.max(endSec, startSec + 0.2) }));
  if (spanAt(spansHere, sec) === null) return false;
  if (row.kind === 'shots') return ['shots.json', 'objects.json', 'keyframes'].some((file) => from.includes(file));
  if (row.kind === 'sound') return from.includes('audio.json');
  const { lane } = row;
  return lane !== null && labels.some((label) => label.toLowerCase() === lane.label.toLowerCase());
}
