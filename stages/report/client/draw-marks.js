// @ts-check

/** @typedef {import('./looks.js').Thing} Thing */
/** @typedef {import('./looks.js').FoundPoint} FoundPoint */
/** Where a picture lies on a canvas. @typedef {{ left: number, top: number, width: number, height: number }} Place */

/** Pairs of body points joined by a line, by their index in COCO's list: arms, legs, and the trunk as a ring. */
const BONES = [
  [5, 7],
  [7, 9],
  [6, 8],
  [8, 10],
  [5, 6],
  [5, 11],
  [6, 12],
  [11, 12],
  [11, 13],
  [13, 15],
  [12, 14],
  [14, 16],
];
/** The points before this index belong to the head; they lie in the box of the face and would hide it. */
const FIRST_BODY_POINT = 5;

const NAME_HEIGHT = 18;

/** The same in light and dark mode, because they lie on pictures. */
const COLOURS = { person: '#ffc46b', thing: '#7fd4ff', face: '#ffffff', body: '#7dffb2', edge: 'rgb(0 0 0 / 65%)' };

/**
 * Draws detections over a picture: boxes, faces (round corners) and bodies (lines between points). Every line has a dark
 * edge, so that it stands out on any picture.
 * @param {CanvasRenderingContext2D} context
 * @param {readonly Thing[]} things
 * @param {Place} place
 * @param {{ line: number, words: boolean }} style width of a line in pixels, and whether boxes are named
 */
export function drawMarks(context, things, place, { line, words }) {
  context.save();
  context.beginPath();
  context.rect(place.left, place.top, place.width, place.height);
  context.clip();
  context.lineJoin = 'round';
  context.lineCap = 'round';
  for (const { name, box, face, points } of things) {
    outline(context, name === 'face' ? roundBox(box, place) : boxPath(box, place, 2), colourOf(name), line);
    if (face) outline(context, roundBox(face, place), COLOURS.face, line);
    outline(context, bonesOf(points, place), COLOURS.body, line);
    drawJoints(context, points, place, line);
  }
  if (words) drawNames(context, things, place);
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {Path2D} path @param {string} colour @param {number} line */
function outline(context, path, colour, line) {
  context.strokeStyle = COLOURS.edge;
  context.lineWidth = line * 2.2;
  context.stroke(path);
  context.strokeStyle = colour;
  context.lineWidth = line;
  context.stroke(path);
}

/** @param {import('./looks.js').FoundBox} box @param {Place} place @param {number} radius */
function boxPath({ x, y, width, height }, place, radius) {
  const path = new Path2D();
  const [w, h] = [width * place.width, height * place.height];
  path.roundRect(place.left + x * place.width, place.top + y * place.height, w, h, Math.min(radius, w / 2, h / 2));
  return path;
}

/** @param {import('./looks.js').FoundBox} box @param {Place} place */
function roundBox(box, place) {
  return boxPath(box, place, 0.3 * box.width * place.width);
}

/** @param {FoundPoint[]} points @param {Place} place */
function bonesOf(points, place) {
  const path = new Path2D();
  const at = new Map(points.map((point) => [point.which, point]));
  for (const [from = 0, to = 0] of BONES) {
    const [a, b] = [at.get(from), at.get(to)];
    if (!a || !b) continue;
    path.moveTo(place.left + a.x * place.width, place.top + a.y * place.height);
    path.lineTo(place.left + b.x * place.width, place.top + b.y * place.height);
  }
  return path;
}

/** @param {CanvasRenderingContext2D} context @param {FoundPoint[]} points @param {Place} place @param {number} line */
function drawJoints(context, points, place, line) {
  for (const { which, x, y } of points) {
    if (which < FIRST_BODY_POINT) continue;
    const dot = new Path2D();
    dot.arc(place.left + x * place.width, place.top + y * place.height, line * 1.3, 0, 2 * Math.PI);
    context.fillStyle = COLOURS.body;
    context.strokeStyle = COLOURS.edge;
    context.lineWidth = line * 0.7;
    context.fill(dot);
    context.stroke(dot);
  }
}

/**
 * Draws each name on the upper edge of its box, inside the picture, and below the names that it would cover.
 * @param {CanvasRenderingContext2D} context
 * @param {readonly Thing[]} things
 * @param {Place} place
 */
function drawNames(context, things, place) {
  context.font = '600 12px system-ui, sans-serif';
  context.textBaseline = 'middle';
  /** @type {Place[]} */
  const taken = [];
  for (const { name, box } of things) {
    const text = `${name} ${box.confidence.toFixed(2)}`;
    const width = context.measureText(text).width + 10;
    const left = Math.max(place.left, Math.min(place.left + box.x * place.width, place.left + place.width - width));
    let top = Math.max(place.top + box.y * place.height - NAME_HEIGHT, place.top);
    const covered = (/** @type {Place} */ other) =>
      left < other.left + other.width && other.left < left + width && Math.abs(other.top - top) < NAME_HEIGHT;
    while (taken.some(covered)) top += NAME_HEIGHT;
    taken.push({ left, top, width, height: NAME_HEIGHT });
    context.fillStyle = 'rgb(0 0 0 / 72%)';
    context.beginPath();
    context.roundRect(left, top, width, NAME_HEIGHT, 4);
    context.fill();
    context.fillStyle = colourOf(name);
    context.fillText(text, left + 5, top + NAME_HEIGHT / 2 + 0.5);
  }
}

/** @param {string} name */
function colourOf(name) {
  return name === 'person' ? COLOURS.person : name === 'face' ? COLOURS.face : COLOURS.thing;
}
