import { element } from "./dom.js";

// The drawing canvas: strokes by mouse, finger or pen. Strokes are kept as points, so the last one
// can be undone.

export const CANVAS_SIZE = 140; // pixels along a side of the drawing, whatever its size on screen
const PEN_WIDTH = 11;
const SCREEN_SCALE = 4; // the visible canvas has four times as many pixels along a side

// `inkColour()` returns the CSS colour of ink in the reader's theme.
export function drawingCanvas({ inkColour, onChange, onStrokeEnd }) {
  const canvas = element("canvas", {
    className: "digit-pad__canvas",
    width: CANVAS_SIZE * SCREEN_SCALE,
    height: CANVAS_SIZE * SCREEN_SCALE,
    role: "img",
  });
  const screen = canvas.getContext("2d");
  const buffer = element("canvas", { width: CANVAS_SIZE, height: CANVAS_SIZE }).getContext("2d", {
    willReadFrequently: true,
  });
  let strokes = [];
  let cleared = []; // the strokes that were cleared last: undo restores them
  let pointer = null; // the id of the pointer that draws; other pointers are ignored
  let showsImage = false; // a sample digit, which is removed at the first stroke

  function position(event) {
    const area = canvas.getBoundingClientRect();
    return [
      ((event.clientX - area.left) / area.width) * CANVAS_SIZE,
      ((event.clientY - area.top) / area.height) * CANVAS_SIZE,
    ];
  }

  function line(context, scale, points) {
    context.strokeStyle = inkColour();
    context.lineWidth = PEN_WIDTH * scale;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    for (const [x, y] of points) context.lineTo(x * scale, y * scale);
    context.stroke();
  }

  function draw(points) {
    line(screen, SCREEN_SCALE, points);
    line(buffer, 1, points);
  }

  // Also ends the stroke in progress.
  function redraw() {
    pointer = null;
    showsImage = false;
    screen.clearRect(0, 0, canvas.width, canvas.height);
    buffer.clearRect(0, 0, CANVAS_SIZE, CANVAS_SIZE);
    strokes.forEach(draw);
  }

  function clear() {
    if (strokes.length) cleared = strokes;
    strokes = [];
    redraw();
  }

  function extend(event) {
    const stroke = strokes.at(-1);
    const last = stroke.length - 1;
    // Between two frames a fast pointer passes through more than one point.
    const points = event.getCoalescedEvents?.() ?? [];
    stroke.push(...(points.length ? points : [event]).map(position));
    draw(stroke.slice(last));
    onChange();
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (pointer !== null || event.button !== 0) return;
    event.preventDefault();
    if (showsImage) redraw();
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    const start = position(event);
    strokes.push([start, start]); // a line of no length is a dot
    draw(strokes.at(-1));
    onChange();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId === pointer) extend(event);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(end, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      onStrokeEnd();
    });
  }

  return {
    element: canvas,
    ink() {
      const { data } = buffer.getImageData(0, 0, CANVAS_SIZE, CANVAS_SIZE);
      const ink = new Uint8Array(CANVAS_SIZE * CANVAS_SIZE);
      for (let i = 0; i < ink.length; i++) ink[i] = data[4 * i + 3];
      return ink;
    },
    isEmpty: () => strokes.length === 0,
    leftCanvas: () =>
      strokes.flat().some(([x, y]) => x < 0 || y < 0 || x > CANVAS_SIZE || y > CANVAS_SIZE),
    undo() {
      if (strokes.length) strokes.pop();
      else [strokes, cleared] = [cleared, []];
      redraw();
    },
    clear,
    // Shows an image of 28 x 28 pixels in place of the strokes.
    showImage(image) {
      clear();
      showsImage = true;
      const cell = (CANVAS_SIZE * SCREEN_SCALE) / 28;
      screen.fillStyle = inkColour();
      for (let i = 0; i < image.length; i++) {
        if (!image[i]) continue;
        screen.globalAlpha = image[i] / 255;
        screen.fillRect((i % 28) * cell, Math.floor(i / 28) * cell, cell, cell);
      }
      screen.globalAlpha = 1;
    },
    redraw,
  };
}
