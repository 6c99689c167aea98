/**
 * Solves A x = b in place for a small symmetric positive definite A by Cholesky's method.
 *
 * @param upper the upper triangle of A, row by row, n (n + 1) / 2 numbers; overwritten
 * @param right b, n numbers; overwritten with x
 * @returns false when A is not positive definite: the picture does not determine the motion
 */
export function solveSymmetric(upper: Float64Array, right: Float64Array): boolean {
  const n = right.length;
  const at = (row: number, column: number): number => row * n - (row * (row - 1)) / 2 + column - row;
  for (let row = 0; row < n; row += 1) {
    for (let column = row; column < n; column += 1) {
      let sum = upper[at(row, column)] ?? 0;
      for (let k = 0; k < row; k += 1) sum -= (upper[at(k, row)] ?? 0) * (upper[at(k, column)] ?? 0);
      if (column > row) {
        upper[at(row, column)] = sum / (upper[at(row, row)] ?? 1);
      } else {
        if (!(sum > 1e-9)) return false;
        upper[at(row, row)] = Math.sqrt(sum);
      }
    }
  }
  for (let row = 0; row < n; row += 1) {
    let sum = right[row] ?? 0;
    for (let k = 0; k < row; k += 1) sum -= (upper[at(k, row)] ?? 0) * (right[k] ?? 0);
    right[row] = sum / (upper[at(row, row)] ?? 1);
  }
  for (let row = n - 1; row >= 0; row -= 1) {
    let sum = right[row] ?? 0;
    for (let k = row + 1; k < n; k += 1) sum -= (upper[at(row, k)] ?? 0) * (right[k] ?? 0);
    right[row] = sum / (upper[at(row, row)] ?? 1);
  }
  return true;
}
