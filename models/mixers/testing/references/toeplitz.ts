/**
 * TNN's token mixer for one channel (methods.md B.7): `y_i = Σ_j t_{i-j} x_j`. `kernel` holds lags -(n-1)..n-1 (2n-1
 * numbers); the causal product reads lags 0..n-1 only.
 */
export function toeplitzReference(kernel: Float64Array, x: Float64Array, causal: boolean): Float64Array {
  const n = x.length;
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < (causal ? i + 1 : n); j++)
      y[i] = (y[i] ?? Number.NaN) + (kernel[i - j + n - 1] ?? Number.NaN) * (x[j] ?? Number.NaN);
  return y;
}
