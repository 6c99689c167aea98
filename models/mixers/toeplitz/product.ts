import {
  add,
  concat,
  dft,
  expand,
  matmul,
  mul,
  pad,
  reshape,
  slice,
  sub,
  transpose,
  type Tensor,
} from '../../graph/index.js';

/** A kernel [W, L] of the lags 0 to T-1 when causal, otherwise of the lags -(T-1) to T-1. */
export interface Lags {
  readonly kernel: Tensor;
  readonly causal: boolean;
}

/** Above this many numbers in its matrices (256 MB) the direct product is replaced by the Fourier transform. */
const DIRECT_LIMIT = 2 ** 26;

/** `y_i = Σ_j t_{i-j} x_j` for every channel (methods.md B.7); x [B, T, W]. */
export function toeplitzProduct(x: Tensor, lags: Lags): Tensor {
  const [length, width] = [Number(x.shape[1]), Number(x.shape[2])];
  return width * length * 2 * length <= DIRECT_LIMIT ? directProduct(x, lags) : transformProduct(x, lags);
}

/** One T × T matrix per channel, made by repeating the lags so that each row is shifted by one step. */
export function directProduct(x: Tensor, { kernel, causal }: Lags): Tensor {
  const [length, width] = [Number(x.shape[1]), Number(x.shape[2])];
  const whole = causal ? pad(kernel, 1, length - 1, 0) : kernel;
  const span = 2 * length - 1;
  // T copies of 2T numbers are read as rows of 2T - 1 numbers. Row a is thereby shifted by a: its entry c holds number
  // c - a, which from column T - 1 on is lag c - (T - 1) - a.
  const rows = expand(reshape(pad(whole, 1, 0, 1), [width, 1, span + 1]), [width, length, span + 1]);
  const skewed = slice(reshape(rows, [width, length * (span + 1)]), 1, 0, length * span);
  const matrix = slice(reshape(skewed, [width, length, span]), 2, length - 1);
  const channels = transpose(x, [2, 0, 1]);
  return transpose(matmul(channels, matrix), [1, 2, 0]);
}

/** The product by discrete Fourier transform: a circulant of at least 2T lags, a power of two for the fast algorithm. */
export function transformProduct(x: Tensor, { kernel, causal }: Lags): Tensor {
  const [batch = 1, length, width] = [x.shape[0], Number(x.shape[1]), Number(x.shape[2])];
  let period = 2;
  while (period < 2 * length) period *= 2;
  const future = causal ? undefined : slice(kernel, 1, 0, length - 1);
  const past = causal ? kernel : slice(kernel, 1, length - 1);
  const circulant =
    future === undefined || length === 1
      ? pad(past, 1, 0, period - length)
      : concat([pad(past, 1, 0, period - (2 * length - 1)), future], 1);
  const lagSpectrum = dft(reshape(circulant, [1, width, period, 1]), 2);
  const signal = reshape(transpose(x, [0, 2, 1]), [batch, width, length, 1]);
  const spectrum = dft(pad(signal, 2, 0, period - length), 2);
  const product = dft(complexProduct(spectrum, lagSpectrum), 2, { inverse: true });
  const real = reshape(slice(slice(product, 3, 0, 1), 2, 0, length), [batch, width, length]);
  return transpose(real, [0, 2, 1]);
}

function complexProduct(a: Tensor, b: Tensor): Tensor {
  const part = (x: Tensor, which: number): Tensor => slice(x, 3, which, which + 1);
  const [ar, ai, br, bi] = [part(a, 0), part(a, 1), part(b, 0), part(b, 1)];
  return concat([sub(mul(ar, br), mul(ai, bi)), add(mul(ar, bi), mul(ai, br))], 3);
}
