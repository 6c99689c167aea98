/**
 * Eigenvalues of a symmetric matrix, in no particular order: Householder's reduction to tridiagonal form, then implicit QL
 * with Wilkinson's shift (Golub and Van Loan, Matrix Computations, section 8.3). About 4/3 n³ operations.
 * @param matrix n × n, row by row; it is overwritten
 */
export function symmetricEigenvalues(matrix: Float64Array, n: number): Float64Array {
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  reduceToTridiagonal(matrix, n, diagonal, beside);
  implicitQl(diagonal, beside);
  return diagonal;
}

/** Leaves the diagonal in `diagonal` and the numbers beside it in `beside[0..n-2]`. */
function reduceToTridiagonal(a: Float64Array, n: number, diagonal: Float64Array, beside: Float64Array): void {
  const reflector = new Float64Array(n);
  const product = new Float64Array(n);
  for (let step = 0; step < n - 1; step += 1) {
    diagonal[step] = a[step * n + step] ?? 0;
    // The row right of the diagonal, equal to the column below it, becomes (alpha, 0, 0 …).
    const row = step * n;
    let length = 0;
    for (let j = step + 1; j < n; j += 1) length = Math.hypot(length, a[row + j] ?? 0);
    const head = a[row + step + 1] ?? 0;
    const alpha = head > 0 ? -length : length;
    beside[step] = alpha;
    if (length === 0) continue;
    for (let j = step + 1; j < n; j += 1) reflector[j] = a[row + j] ?? 0;
    reflector[step + 1] = head - alpha;
    // With H = 1 - u uᵀ / h, the remaining block becomes H A H = A - u qᵀ - q uᵀ.
    const half = length * (length + Math.abs(head));
    let along = 0;
    for (let i = step + 1; i < n; i += 1) {
      let sum = 0;
      for (let j = step + 1, at = i * n + step + 1; j < n; j += 1, at += 1) sum += (a[at] ?? 0) * (reflector[j] ?? 0);
      product[i] = sum / half;
      along += (reflector[i] ?? 0) * (sum / half);
    }
    along /= 2 * half;
    for (let i = step + 1; i < n; i += 1) product[i] = (product[i] ?? 0) - along * (reflector[i] ?? 0);
    for (let i = step + 1; i < n; i += 1) {
      const u = reflector[i] ?? 0;
      const q = product[i] ?? 0;
      for (let j = step + 1, at = i * n + step + 1; j < n; j += 1, at += 1)
        a[at] = (a[at] ?? 0) - u * (product[j] ?? 0) - q * (reflector[j] ?? 0);
    }
  }
  if (n > 0) diagonal[n - 1] = a[n * n - 1] ?? 0;
}

function implicitQl(diagonal: Float64Array, beside: Float64Array): void {
  const n = diagonal.length;
  for (let first = 0; first < n; first += 1) {
    for (;;) {
      let last = first;
      while (last < n - 1) {
        const near = Math.abs(diagonal[last] ?? 0) + Math.abs(diagonal[last + 1] ?? 0);
        if (Math.abs(beside[last] ?? 0) <= Number.EPSILON * near) break;
        last += 1;
      }
      if (last === first) break;
      const next = beside[first] ?? 0;
      const gap = ((diagonal[first + 1] ?? 0) - (diagonal[first] ?? 0)) / (2 * next);
      const root = Math.hypot(gap, 1);
      let bulge = (diagonal[last] ?? 0) - (diagonal[first] ?? 0) + next / (gap + (gap >= 0 ? root : -root));
      let sine = 1;
      let cosine = 1;
      let shift = 0;
      let at = last - 1;
      for (; at >= first; at -= 1) {
        const f = sine * (beside[at] ?? 0);
        const b = cosine * (beside[at] ?? 0);
        const r = Math.hypot(f, bulge);
        beside[at + 1] = r;
        if (r === 0) {
          diagonal[at + 1] = (diagonal[at + 1] ?? 0) - shift;
          beside[last] = 0;
          break;
        }
        sine = f / r;
        cosine = bulge / r;
        const centre = (diagonal[at + 1] ?? 0) - shift;
        const turn = ((diagonal[at] ?? 0) - centre) * sine + 2 * cosine * b;
        shift = sine * turn;
        diagonal[at + 1] = centre + shift;
        bulge = cosine * turn - b;
      }
      if (at >= first) continue;
      diagonal[first] = (diagonal[first] ?? 0) - shift;
      beside[first] = bulge;
      beside[last] = 0;
    }
  }
}
