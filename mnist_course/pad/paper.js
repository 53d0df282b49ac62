import { element } from "./elements.js";

// The paper: strokes by mouse, finger or pen. Strokes are kept as points, so the last can be undone.

export const PAPER = 140; // pixels along a side of what is read, whatever the size on the screen
const PEN = 11;
const FINE = 4; // the picture on the screen has four times as many

// `shade()` gives the ink's colour in the reader's theme.
export function paper({ shade, onChange, onLift }) {
  const canvas = element("canvas", {
    className: "digit-pad__paper",
    width: PAPER * FINE,
    height: PAPER * FINE,
    role: "img",
  });
  const screen = canvas.getContext("2d");
  const sheet = element("canvas", { width: PAPER, height: PAPER }).getContext("2d", {
    willReadFrequently: true,
  });
  let strokes = [];
  let removed = []; // the strokes that were cleared last: undo brings them back
  let drawing = null; // the pointer that draws; a second finger is not listened to
  let covered = false; // by a ready digit, which makes way for the first stroke

  function position(event) {
    const area = canvas.getBoundingClientRect();
    return [
      ((event.clientX - area.left) / area.width) * PAPER,
      ((event.clientY - area.top) / area.height) * PAPER,
    ];
  }

  function line(context, scale, points) {
    context.strokeStyle = shade();
    context.lineWidth = PEN * scale;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    for (const [x, y] of points) context.lineTo(x * scale, y * scale);
    context.stroke();
  }

  function draw(points) {
    line(screen, FINE, points);
    line(sheet, 1, points);
  }

  // Whoever clears the paper takes the pen out of the hand that draws.
  function redraw() {
    drawing = null;
    covered = false;
    screen.clearRect(0, 0, canvas.width, canvas.height);
    sheet.clearRect(0, 0, PAPER, PAPER);
    strokes.forEach(draw);
  }

  function clear() {
    if (strokes.length) removed = strokes;
    strokes = [];
    redraw();
  }

  function extend(event) {
    const stroke = strokes.at(-1);
    const before = stroke.length - 1;
    // Between two frames a quick hand passes through more than one point.
    const passed = event.getCoalescedEvents?.() ?? [];
    stroke.push(...(passed.length ? passed : [event]).map(position));
    draw(stroke.slice(before));
    onChange();
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (drawing !== null || event.button !== 0) return;
    event.preventDefault();
    if (covered) redraw();
    drawing = event.pointerId;
    canvas.setPointerCapture(drawing);
    const start = position(event);
    strokes.push([start, start]); // a line of no length is a dot
    draw(strokes.at(-1));
    onChange();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId === drawing) extend(event);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(end, (event) => {
      if (event.pointerId !== drawing) return;
      drawing = null;
      onLift();
    });
  }

  return {
    canvas,
    ink() {
      const { data } = sheet.getImageData(0, 0, PAPER, PAPER);
      const ink = new Uint8Array(PAPER * PAPER);
      for (let i = 0; i < ink.length; i++) ink[i] = data[4 * i + 3];
      return ink;
    },
    isEmpty: () => strokes.length === 0,
    leftPaper: () => strokes.flat().some(([x, y]) => x < 0 || y < 0 || x > PAPER || y > PAPER),
    undo() {
      if (strokes.length) strokes.pop();
      else [strokes, removed] = [removed, []];
      redraw();
    },
    clear,
    // Shows a ready digit of 28 x 28 pixels, which nobody drew here.
    showImage(image) {
      clear();
      covered = true;
      const cell = (PAPER * FINE) / 28;
      screen.fillStyle = shade();
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
