/** Sides, in pixels, of an rgb24 frame of `bytes` whose longer side is the letterbox's; the other may end early. */
export function frameSides(side: number, bytes: number, displayAspect: number): FrameSides {
  const other = bytes / 3 / side;
  return displayAspect >= 1 ? { width: side, height: other } : { width: other, height: side };
}

export interface FrameSides {
  readonly width: number;
  readonly height: number;
}

/** How much of a letterboxed frame the picture covers: it lies in the top left corner, its longer side as long as the box. */
export function pictureSides(side: number, displayAspect: number): FrameSides {
  return displayAspect >= 1
    ? { width: side, height: side / displayAspect }
    : { width: side * displayAspect, height: side };
}
