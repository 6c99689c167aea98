import type { CameraMovement, Shot } from '../../core/schemas/shots.js';

/** The global motion of one frame against the previous frame; measure/motion-columns.ts gives units and signs. */
interface FrameMotion {
  readonly dx: number;
  readonly dy: number;
  readonly zoom: number;
  readonly support: number;
}

/** Length of the blocks that separate a movement from shake: half a second is half a period of slow swaying. */
const BLOCK_SEC = 0.5;
/** A frame in which less than this share of the texture moved as one says nothing about the camera. */
const MIN_SUPPORT = 0.4;
/** The camera movement is unknown when frames with enough support cover less than this share of the shot. */
const MIN_KNOWN_SHARE = 0.3;
/** Mean distance of the points of a 16:9 picture from its centre, in widths: how far a zoom of one e-folding moves them. */
const ZOOM_RADIUS = 0.3;
/** A slower movement counts as static, in widths per second. */
const MIN_SPEED = 0.025;
/** Share of the summed travel in all directions that the strongest direction must hold. */
const MIN_DIRECTION_SHARE = 0.5;
/** Shake in widths per second from which a camera counts as handheld. */
const HANDHELD_SHAKE = 0.03;

const DIRECTIONS = ['pan-right', 'pan-left', 'tilt-up', 'tilt-down', 'zoom-in', 'zoom-out'] as const;

/**
 * Collects the global motion of one shot and names the camera movement. Directions are the camera's: a picture that moves
 * left means a pan to the right. Memory does not depend on the length of the shot.
 *
 * The motion is summed over blocks of half a second, and the travel of the blocks is summed for each of the six
 * directions. The strongest direction is named when it is fast enough and holds at least half of all travel; otherwise the
 * spread of the speed decides between a handheld and a static camera. The constants were chosen on the training seeds of
 * bench/shots/camera.ts.
 */
export class CameraMovementEstimate {
  private totalSec = 0;
  private knownSec = 0;
  private readonly travel = new Float64Array(DIRECTIONS.length);
  private block = { sec: 0, dx: 0, dy: 0, zoom: 0 };
  private sumX = 0;
  private sumY = 0;
  private sumSquares = 0;

  /** @param heightOverWidth aspect of the upright picture */
  constructor(private readonly heightOverWidth: number) {}

  /** @param spanSec time since the previous frame. Leave out the first frame of a shot: its motion belongs to the cut. */
  add(motion: FrameMotion, spanSec: number): void {
    if (!(spanSec > 0)) return;
    this.totalSec += spanSec;
    if (motion.support < MIN_SUPPORT) return;
    this.knownSec += spanSec;
    const dy = motion.dy * this.heightOverWidth;
    this.sumX += motion.dx;
    this.sumY += dy;
    this.sumSquares += (motion.dx * motion.dx + dy * dy) / spanSec;
    const { block } = this;
    block.sec += spanSec;
    block.dx += motion.dx;
    block.dy += dy;
    block.zoom += motion.zoom * ZOOM_RADIUS;
    if (block.sec >= BLOCK_SEC) this.closeBlock();
  }

  /** The camera movement of the shot; null when too little is known. Nothing may be added afterwards. */
  finish(): Shot['camera'] {
    this.closeBlock();
    if (this.totalSec === 0 || this.knownSec < MIN_KNOWN_SHARE * this.totalSec) return null;
    let strongest = 0;
    for (let i = 1; i < this.travel.length; i += 1)
      if ((this.travel[i] ?? 0) > (this.travel[strongest] ?? 0)) strongest = i;
    const distance = this.travel[strongest] ?? 0;
    const total = this.travel.reduce((sum, value) => sum + value, 0);
    const speed = distance / this.knownSec;
    if (speed >= MIN_SPEED && distance >= MIN_DIRECTION_SHARE * total) {
      const movement = DIRECTIONS[strongest] ?? 'static';
      return { movement, magnitude: speed / this.widthsPerUnit(movement) };
    }
    const meanSquare = (this.sumX ** 2 + this.sumY ** 2) / this.knownSec ** 2;
    const shake = Math.sqrt(Math.max(0, this.sumSquares / this.knownSec - meanSquare));
    return { movement: shake >= HANDHELD_SHAKE ? 'handheld' : 'static', magnitude: shake };
  }

  private closeBlock(): void {
    const { dx, dy, zoom } = this.block;
    [-dx, dx, dy, -dy, zoom, -zoom].forEach((distance, i) => {
      this.travel[i] = (this.travel[i] ?? 0) + Math.max(0, distance);
    });
    this.block = { sec: 0, dx: 0, dy: 0, zoom: 0 };
  }

  private widthsPerUnit(movement: CameraMovement): number {
    if (movement.startsWith('tilt')) return this.heightOverWidth;
    return movement.startsWith('zoom') ? ZOOM_RADIUS : 1;
  }
}
