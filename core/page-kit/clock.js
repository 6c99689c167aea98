// @ts-check

/**
 * `0:04`, `12:05`, `2:00:00`; with `digits` also `0:04.250`.
 * @param {number} sec
 * @param {number} [digits]
 */
export function clock(sec, digits = 0) {
  const scale = 10 ** digits;
  const units = Math.round(Math.max(0, sec) * scale);
  const whole = Math.floor(units / scale);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const head = hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}` : String(minutes);
  const fraction = digits > 0 ? `.${String(units % scale).padStart(digits, '0')}` : '';
  return `${head}:${String(whole % 60).padStart(2, '0')}${fraction}`;
}

/** Milliseconds only where there are any. @param {number} sec */
export function exactClock(sec) {
  return clock(sec, 3)
    .replace('.000', '')
    .replace(/(\.\d+?)0+$/, '$1');
}
