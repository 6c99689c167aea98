import type { CameraMovement, Shot } from '../../core/schemas/shots.js';

/** The global motion of one frame against the one before it, as motion-columns.ts has it. */
export interface FrameMotion {
  readonly dx: number;
  readonly dy: number;
  readonly zoom: number;
  readonly support: number;
}

/** Length of the blocks that part a movement from the shake around it: half a second is half a period of slow swaying. */
const BLOCK_SEC = 0.5;
/** Frames in which less of the texture moved as one say nothing about the camera. */
const LEAST_SUPPORT = 0.4;
/** Share of a shot's time that must say something, or the camera is unknown. */
const LEAST_KNOWN = 0.3;
/** Mean distance of a picture's points from its middle, in widths at 16:9: what a zoom of one e-folding moves them. */
const ZOOM_REACH = 0.3;
/** Slowest movement that is called one, in widths a second. */
const SLOWEST = 0.025;
/** Share of all slow movement that the strongest direction must hold. */
const DIRECTED = 0.5;
/** Shake in widths a second above which a camera is held by hand. */
const HANDHELD = 0.03;

const DIRECTIONS = ['pan-right', 'pan-left', 'tilt-up', 'tilt-down', 'zoom-in', 'zoom-out'] as const;

/**
 * Collects one shot's global motion and names what the camera did. Directions are the camera's: a picture that moves
 * left means a pan to the right. Memory does not depend on the shot's length.
 *
 * The motion is summed over blocks of half a second; each of the six directions gathers the blocks' way towards it. The
 * strongest wins when it is fast enough and holds most of all slow movement; otherwise the spread of the speed tells a
 * hand from a tripod. Constants: chosen on the training seeds of bench/shots/camera.ts.
 */
export class CameraMovementEstimate {
  private totalSec = 0;
  private knownSec = 0;
  private readonly ways = new Float64Array(DIRECTIONS.length);
  private block = { sec: 0, dx: 0, dy: 0, zoom: 0 };
  private sumX = 0;
  private sumY = 0;
  private sumSquares = 0;

  /** @param heightOverWidth of the upright display picture */
  constructor(private readonly heightOverWidth: number) {}

  /** @param spanSec time since the previous frame. The first frame of a shot is not to be added: it has no past. */
  add(motion: FrameMotion, spanSec: number): void {
    if (!(spanSec > 0)) return;
    this.totalSec += spanSec;
    if (motion.support < LEAST_SUPPORT) return;
    this.knownSec += spanSec;
    const dy = motion.dy * this.heightOverWidth;
    this.sumX += motion.dx;
    this.sumY += dy;
    this.sumSquares += (motion.dx * motion.dx + dy * dy) / spanSec;
    const { block } = this;
    block.sec += spanSec;
    block.dx += motion.dx;
    block.dy += dy;
    block.zoom += motion.zoom * ZOOM_REACH;
    if (block.sec >= BLOCK_SEC) this.closeBlock();
  }

  /** What the camera did; null when too little is known. Ends the shot. */
  finish(): Shot['camera'] {
    this.closeBlock();
    if (this.totalSec === 0 || this.knownSec < LEAST_KNOWN * this.totalSec) return null;
    let strongest = 0;
    for (let i = 1; i < this.ways.length; i += 1) if ((this.ways[i] ?? 0) > (this.ways[strongest] ?? 0)) strongest = i;
    const way = this.ways[strongest] ?? 0;
    const all = this.ways.reduce((sum, value) => sum + value, 0);
    const speed = way / this.knownSec;
    if (speed >= SLOWEST && way >= DIRECTED * all) {
      const movement = DIRECTIONS[strongest] ?? 'static';
      return { movement, magnitude: speed / this.widthsPerUnit(movement) };
    }
    const meanSquare = (this.sumX ** 2 + this.sumY ** 2) / this.knownSec ** 2;
    const shake = Math.sqrt(Math.max(0, this.sumSquares / this.knownSec - meanSquare));
    return { movement: shake >= HANDHELD ? 'handheld' : 'static', magnitude: shake };
  }

  private closeBlock(): void {
    const { dx, dy, zoom } = this.block;
    [-dx, dx, dy, -dy, zoom, -zoom].forEach((way, i) => {
      this.ways[i] = (this.ways[i] ?? 0) + Math.max(0, way);
    });
    this.block = { sec: 0, dx: 0, dy: 0, zoom: 0 };
  }

  private widthsPerUnit(movement: CameraMovement): number {
    if (movement.startsWith('tilt')) return this.heightOverWidth;
    return movement.startsWith('zoom') ? ZOOM_REACH : 1;
  }
}
