/** An rgb24 picture to move a camera over. */
export interface Texture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** Value noise of several octaves under a few hundred boxes and discs: fine structure, edges and flat parts. */
export function drawTexture(width: number, height: number, random: () => number): Texture {
  const rgb = new Uint8Array(width * height * 3);
  // How busy and how contrasty the scene is differs from clip to clip, as scenes do.
  const contrast = 0.3 + 0.7 * random();
  const fill = (inside: (x: number, y: number) => boolean, box: readonly number[], colour: readonly number[]): void => {
    const [left = 0, top = 0, right = 0, bottom = 0] = box;
    for (let y = Math.max(0, top | 0); y < Math.min(height, bottom); y += 1)
      for (let x = Math.max(0, left | 0); x < Math.min(width, right); x += 1)
        if (inside(x, y)) for (let c = 0; c < 3; c += 1) rgb[(y * width + x) * 3 + c] = colour[c] ?? 0;
  };
  const colour = () => Array.from({ length: 3 }, () => 128 + (random() - 0.5) * 255 * contrast);
  fill(() => true, [0, 0, width, height], colour());
  const shapes = 60 + Math.floor(random() * 300);
  for (let i = 0; i < shapes; i += 1) {
    const x = random() * width;
    const y = random() * height;
    const radius = (0.01 + 0.08 * random() ** 2) * width;
    const aspect = 0.4 + 1.2 * random();
    const round = random() < 0.5;
    fill(
      (px, py) => !round || (px - x) ** 2 + ((py - y) / aspect) ** 2 < radius ** 2,
      [x - radius, y - radius * aspect, x + radius, y + radius * aspect],
      colour(),
    );
  }
  for (const cell of [64, 16, 5]) addNoise(rgb, width, height, cell, 30 * contrast, random);
  return { width, height, rgb };
}

function addNoise(
  rgb: Uint8Array,
  width: number,
  height: number,
  cell: number,
  amplitude: number,
  random: () => number,
): void {
  const columns = Math.ceil(width / cell) + 2;
  const grid = Float32Array.from({ length: columns * (Math.ceil(height / cell) + 2) }, () => random() - 0.5);
  for (let y = 0; y < height; y += 1) {
    const row = Math.floor(y / cell);
    const fy = y / cell - row;
    for (let x = 0; x < width; x += 1) {
      const column = Math.floor(x / cell);
      const fx = x / cell - column;
      const at = row * columns + column;
      const above = (grid[at] ?? 0) * (1 - fx) + (grid[at + 1] ?? 0) * fx;
      const below = (grid[at + columns] ?? 0) * (1 - fx) + (grid[at + columns + 1] ?? 0) * fx;
      const noise = (above * (1 - fy) + below * fy) * amplitude;
      for (let c = 0; c < 3; c += 1) {
        const i = (y * width + x) * 3 + c;
        rgb[i] = Math.max(0, Math.min(255, (rgb[i] ?? 0) + noise));
      }
    }
  }
}
