/**
 * ETSC (methods.md B.8): a causal Toeplitz kernel of n lags as n/2 complex scalar memories, exact over its length:
 * `y_t = Σ_{j<=t} γ^{t-j} kernel_{t-j} x_j` for t < n. After n steps the kernel repeats, damped by γ^t.
 */
export interface EtscSystem {
  /** Number n of kernel lags. */
  readonly length: number;
  /** Number of complex memories; the conjugate half is dropped, because the kernel is real. */
  readonly states: number;
  readonly poleRe: Float64Array;
  readonly poleIm: Float64Array;
  readonly inRe: Float64Array;
  readonly inIm: Float64Array;
}

export interface EtscState {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** @param kernel lags 0..n-1 before damping. @param gamma damping per step, 0 < gamma <= 1. */
export function convertToEtsc(kernel: Float64Array, gamma: number): EtscSystem {
  const n = kernel.length;
  const period = n + 1;
  // One more lag makes the lags sum to zero, so that the constant mode (k = 0) vanishes.
  const closing = -kernel.reduce((sum, lag) => sum + lag, 0);
  const states = Math.floor(period / 2);
  const system: EtscSystem = {
    length: n,
    states,
    poleRe: new Float64Array(states),
    poleIm: new Float64Array(states),
    inRe: new Float64Array(states),
    inIm: new Float64Array(states),
  };
  for (let s = 0; s < states; s++) {
    const k = s + 1;
    // An even period has one real mode, k = period / 2, which is its own conjugate.
    const share = 2 * k === period ? 1 : 2;
    const step = (2 * Math.PI * k) / period;
    let re = 0;
    let im = 0;
    for (let j = 0; j <= n; j++) {
      const lag = j < n ? (kernel[j] ?? Number.NaN) : closing;
      // j·k reaches 10^7, where sine loses digits; it is reduced modulo the period first.
      const angle = (2 * Math.PI * ((j * k) % period)) / period;
      re += lag * Math.cos(angle);
      im += lag * Math.sin(angle);
    }
    system.inRe[s] = (share * re) / period;
    system.inIm[s] = (share * im) / period;
    system.poleRe[s] = gamma * Math.cos(step);
    system.poleIm[s] = -gamma * Math.sin(step);
  }
  return system;
}

export function createEtscState(system: EtscSystem): EtscState {
  return { re: new Float64Array(system.states), im: new Float64Array(system.states) };
}

/** `u_k <- λ_k u_k + b_k x`, `y = Re Σ u_k`. */
export function stepEtsc(system: EtscSystem, state: EtscState, x: number): number {
  let y = 0;
  for (let s = 0; s < system.states; s++) {
    const re = state.re[s] ?? Number.NaN;
    const im = state.im[s] ?? Number.NaN;
    const poleRe = system.poleRe[s] ?? Number.NaN;
    const poleIm = system.poleIm[s] ?? Number.NaN;
    const nextRe = poleRe * re - poleIm * im + (system.inRe[s] ?? Number.NaN) * x;
    state.im[s] = poleRe * im + poleIm * re + (system.inIm[s] ?? Number.NaN) * x;
    state.re[s] = nextRe;
    y += nextRe;
  }
  return y;
}
