/** How much of a letterboxed frame the picture covers: it lies in the top left corner, its longer side as long as the box. */
export function shownSides(side: number, displayAspect: number): { readonly width: number; readonly height: number } {
  return displayAspect >= 1
    ? { width: side, height: side / displayAspect }
    : { width: side * displayAspect, height: side };
}
