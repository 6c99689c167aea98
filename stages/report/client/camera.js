// @ts-check

/** @type {Record<string, [string, string, string]>} sign, words, unit of the magnitude */
const MOVEMENTS = {
  static: ['', 'still', ''],
  'pan-left': ['←', 'pan left', 'widths/s'],
  'pan-right': ['→', 'pan right', 'widths/s'],
  'tilt-up': ['↑', 'tilt up', 'heights/s'],
  'tilt-down': ['↓', 'tilt down', 'heights/s'],
  'zoom-in': ['⊕', 'zoom in', 'e-folds/s'],
  'zoom-out': ['⊖', 'zoom out', 'e-folds/s'],
  handheld: ['≈', 'handheld', 'widths/s shake'],
};

/** @param {import('./report-model.js').ReportShot} shot */
export function cameraOf(shot) {
  const [sign, words, unit] = MOVEMENTS[shot.movement] ?? ['', 'unknown', ''];
  const amount = unit === '' ? '' : shot.magnitude.toPrecision(2);
  return { sign, words, amount, full: amount ? `${words}, ${amount} ${unit}` : words };
}
