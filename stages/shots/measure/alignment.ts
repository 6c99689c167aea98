import type { PyramidLevel } from './luma-pyramid.js';

/** Points visited at a level; more buy no accuracy, and a portrait picture must not cost three times a landscape one. */
const POINTS = 1200;
/** Residual histogram: four bins a luma step, the last one open. */
const BINS = 256;
const BINS_PER_STEP = 4;
/** A residual belongs to the model when it is what half a pixel of misplacement, or coding noise, would make. */
const SUPPORT_PIXELS = 0.5;
const SUPPORT_NOISE = 3;

/**
 * The similarity that maps the previous picture onto the current one, in pixels of a level and from its centre: a point
 * (x, y) is found again at (x + tx + a x - b y, y + ty + b x + a y), `offset` luma steps brighter.
 */
export interface Similarity {
  tx: number;
  ty: number;
  a: number;
  b: number;
  offset: number;
}

/**
 * Compares two levels under a similarity: the weighted normal equations of the next Gauss-Newton step and how well the
 * pictures agree. One instance is reused; nothing is allocated while it works.
 */
export class Alignment {
  /** Upper triangle, row by row, of Jᵀ W J for (tx, ty, a, b, offset). */
  readonly hessian = new Float64Array(15);
  readonly gradient = new Float64Array(5);
  /** Points inside both pictures. */
  count = 0;
  /** Sum of squared luma gradients: how much there is to hold on to. */
  texture = 0;
  /** The part of `texture` that the similarity explains. */
  explained = 0;
  absoluteResidual = 0;
  private readonly histogram = new Uint32Array(BINS);

  /** @param limit Geman-McClure scale in luma steps: residuals well above it hardly count */
  compare(previous: PyramidLevel, current: PyramidLevel, motion: Similarity, limit: number): void {
    const { width, height } = previous;
    const before = previous.luma;
    const now = current.luma;
    const { tx, ty, a, b, offset } = motion;
    const stride = Math.max(1, Math.ceil(Math.sqrt((width * height) / POINTS)));
    const centreX = (width - 1) / 2;
    const centreY = (height - 1) / 2;
    const limitSquared = limit * limit;
    const { histogram } = this;
    histogram.fill(0);
    let h00 = 0, h01 = 0, h02 = 0, h03 = 0, h04 = 0, h11 = 0, h12 = 0, h13 = 0, h14 = 0; // prettier-ignore
    let h22 = 0, h23 = 0, h24 = 0, h33 = 0, h34 = 0, h44 = 0; // prettier-ignore
    let g0 = 0, g1 = 0, g2 = 0, g3 = 0, g4 = 0; // prettier-ignore
    let count = 0;
    let texture = 0;
    let explained = 0;
    let absolute = 0;

    for (let row = 1; row < height - 1; row += stride) {
      const y = row - centreY;
      for (let column = 1; column < width - 1; column += stride) {
        const x = column - centreX;
        const toX = column + tx + a * x - b * y;
        const toY = row + ty + b * x + a * y;
        if (toX < 0 || toY < 0 || toX >= width - 1 || toY >= height - 1) continue;
        const left = toX | 0;
        const top = toY | 0;
        const fx = toX - left;
        const fy = toY - top;
        const from = top * width + left;
        const upper = (now[from] ?? 0) * (1 - fx) + (now[from + 1] ?? 0) * fx;
        const lower = (now[from + width] ?? 0) * (1 - fx) + (now[from + width + 1] ?? 0) * fx;
        const at = row * width + column;
        const r = upper * (1 - fy) + lower * fy - (before[at] ?? 0) - offset;
        const gx = ((before[at + 1] ?? 0) - (before[at - 1] ?? 0)) / 2;
        const gy = ((before[at + width] ?? 0) - (before[at - width] ?? 0)) / 2;

        const size = r < 0 ? -r : r;
        const energy = gx * gx + gy * gy;
        const bin = (size * BINS_PER_STEP) | 0;
        const slot = bin < BINS ? bin : BINS - 1;
        histogram[slot] = (histogram[slot] ?? 0) + 1;
        count += 1;
        absolute += size;
        texture += energy;
        const tolerated = size - SUPPORT_NOISE;
        if (tolerated <= 0 || tolerated * tolerated <= SUPPORT_PIXELS * SUPPORT_PIXELS * energy) explained += energy;

        const ratio = limitSquared / (limitSquared + r * r);
        const w = ratio * ratio;
        const growth = gx * x + gy * y;
        const turn = gy * x - gx * y;
        const wx = w * gx;
        const wy = w * gy;
        const wGrowth = w * growth;
        const wTurn = w * turn;
        h00 += wx * gx;
        h01 += wx * gy;
        h02 += wx * growth;
        h03 += wx * turn;
        h04 -= wx; // prettier-ignore
        h11 += wy * gy;
        h12 += wy * growth;
        h13 += wy * turn;
        h14 -= wy; // prettier-ignore
        h22 += wGrowth * growth;
        h23 += wGrowth * turn;
        h24 -= wGrowth; // prettier-ignore
        h33 += wTurn * turn;
        h34 -= wTurn;
        h44 += w; // prettier-ignore
        g0 += wx * r;
        g1 += wy * r;
        g2 += wGrowth * r;
        g3 += wTurn * r;
        g4 -= w * r; // prettier-ignore
      }
    }

    const { hessian, gradient } = this;
    hessian[0] = h00;
    hessian[1] = h01;
    hessian[2] = h02;
    hessian[3] = h03;
    hessian[4] = h04; // prettier-ignore
    hessian[5] = h11;
    hessian[6] = h12;
    hessian[7] = h13;
    hessian[8] = h14; // prettier-ignore
    hessian[9] = h22;
    hessian[10] = h23;
    hessian[11] = h24; // prettier-ignore
    hessian[12] = h33;
    hessian[13] = h34;
    hessian[14] = h44; // prettier-ignore
    gradient[0] = g0;
    gradient[1] = g1;
    gradient[2] = g2;
    gradient[3] = g3;
    gradient[4] = g4; // prettier-ignore
    this.count = count;
    this.texture = texture;
    this.explained = explained;
    this.absoluteResidual = absolute;
  }

  /** Median |residual| in luma steps. */
  medianResidual(): number {
    let seen = 0;
    for (let bin = 0; bin < BINS; bin += 1) {
      seen += this.histogram[bin] ?? 0;
      if (2 * seen >= this.count) return (bin + 0.5) / BINS_PER_STEP;
    }
    return 0;
  }
}
