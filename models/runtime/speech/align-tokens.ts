/** Width of the median over time that smooths the attention, in steps of 20 ms. */
const MEDIAN_WIDTH = 7;

/**
 * Finds when each token was said: dynamic time warping over the attention that the decoder paid to the sound while it
 * predicted each token (Radford et al., 2022; the method of the reference implementation's word timestamps). Row i must be
 * the attention of the step that predicted token i, which is the step that read token i − 1.
 * @param rows one array per token: the attention of `heads` heads over `width` steps of sound, one head after another
 * @param steps the sound ends after so many steps; attention behind it is ignored
 * @returns for every token the step at which it begins
 */
export function alignTokens(rows: readonly Float32Array[], heads: number, width: number, steps: number): Int32Array {
  const used = Math.max(1, Math.min(width, steps));
  const count = rows.length;
  const cost = new Float32Array(count * used);
  const smooth = new Float32Array(used);
  for (let head = 0; head < heads; head++) {
    const scores = normalised(rows, head * width, used);
    for (let token = 0; token < count; token++) {
      median(scores.subarray(token * used, (token + 1) * used), smooth);
      for (let step = 0; step < used; step++) {
        const at = token * used + step;
        cost[at] = (cost[at] ?? 0) - (smooth[step] ?? 0) / heads;
      }
    }
  }
  return warp(cost, count, used);
}

/** The attention of one head, each row summing to one within the sound, as standard scores over the tokens. */
function normalised(rows: readonly Float32Array[], offset: number, used: number): Float32Array {
  const count = rows.length;
  const scores = new Float32Array(count * used);
  rows.forEach((row, token) => {
    let sum = 0;
    for (let step = 0; step < used; step++) sum += row[offset + step] ?? 0;
    for (let step = 0; step < used; step++) scores[token * used + step] = (row[offset + step] ?? 0) / (sum || 1);
  });
  for (let step = 0; step < used; step++) {
    let [sum, squares] = [0, 0];
    for (let token = 0; token < count; token++) {
      const value = scores[token * used + step] ?? 0;
      sum += value;
      squares += value * value;
    }
    const mean = sum / count;
    const deviation = Math.sqrt(Math.max(squares / count - mean * mean, 1e-20));
    for (let token = 0; token < count; token++) {
      const at = token * used + step;
      scores[at] = ((scores[at] ?? 0) - mean) / deviation;
    }
  }
  return scores;
}

/** The running median, mirrored at the ends. */
function median(values: Float32Array, target: Float32Array): void {
  const half = (MEDIAN_WIDTH - 1) / 2;
  const window = new Float32Array(MEDIAN_WIDTH);
  for (let at = 0; at < values.length; at++) {
    for (let offset = -half; offset <= half; offset++) {
      const place = Math.abs(at + offset);
      const mirrored = place < values.length ? place : Math.max(0, 2 * (values.length - 1) - place);
      window[offset + half] = values[mirrored] ?? 0;
    }
    window.sort();
    target[at] = window[half] ?? 0;
  }
}

const [DIAGONAL, NEXT_TOKEN, NEXT_STEP] = [0, 1, 2];

/** The cheapest monotonic path through [count, used]; returns where it first meets each token. */
function warp(cost: Float32Array, count: number, used: number): Int32Array {
  const columns = used + 1;
  let before = new Float64Array(columns).fill(Infinity);
  let now = new Float64Array(columns);
  before[0] = 0;
  const trace = new Uint8Array((count + 1) * columns);
  for (let token = 1; token <= count; token++) {
    now[0] = Infinity;
    for (let step = 1; step <= used; step++) {
      const [diagonal, up, left] = [before[step - 1] ?? 0, before[step] ?? 0, now[step - 1] ?? 0];
      const best = diagonal < up && diagonal < left ? DIAGONAL : up < diagonal && up < left ? NEXT_TOKEN : NEXT_STEP;
      const cheapest = best === DIAGONAL ? diagonal : best === NEXT_TOKEN ? up : left;
      now[step] = (cost[(token - 1) * used + step - 1] ?? 0) + cheapest;
      trace[token * columns + step] = best;
    }
    [before, now] = [now, before];
  }
  const starts = new Int32Array(count);
  let [token, step] = [count, used];
  while (token > 0 && step > 0) {
    starts[token - 1] = step - 1;
    const move = trace[token * columns + step];
    if (move !== NEXT_STEP) token -= 1;
    if (move !== NEXT_TOKEN) step -= 1;
  }
  return starts;
}
