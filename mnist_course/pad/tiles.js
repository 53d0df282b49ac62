import { element } from "./elements.js";

// Numbers as coloured squares: one map or many, side by side, with one cell or map marked.

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// `size`: cells along a map's side; `columns`: maps in a row; `gap`: cells between two maps.
// `onPoint(map, row, column)` hears mouse, finger, pen and arrow keys; without it the tiles are only
// looked at.
export function tiles({ size, count = 1, columns = 1, gap = 0, label, onPoint }) {
  const rows = Math.ceil(count / columns);
  const pitch = size + gap;
  const [wide, high] = [columns * pitch - gap, rows * pitch - gap];
  const canvas = element("canvas", { width: wide, height: high });
  const context = canvas.getContext("2d");
  const image = context.createImageData(wide, high);
  const frame = element("div", { className: "digit-pad__mark", hidden: true });
  const box = element("div", { className: "digit-pad__tiles" }, canvas, frame);
  box.style.aspectRatio = `${wide} / ${high}`;
  if (!onPoint) {
    canvas.setAttribute("role", "img");
  } else {
    // Screen readers hand the arrow keys to an application.
    box.setAttribute("role", "application");
    box.tabIndex = 0;
  }
  const named = onPoint ? box : canvas;
  named.setAttribute("aria-label", label);
  let at = { map: 0, row: 0, column: 0 };
  let framed = ""; // what the frame lies around

  // Where in the picture each number's pixel lies.
  const places = Int32Array.from({ length: count * size * size }, (_, i) => {
    const [map, cell] = [Math.floor(i / (size * size)), i % (size * size)];
    const y = Math.floor(map / columns) * pitch + Math.floor(cell / size);
    return y * wide + (map % columns) * pitch + (cell % size);
  });
  const pixels = new Uint32Array(image.data.buffer);

  // `extent`: the number that gets the full colour, none is larger; left out, the largest of these.
  function paint(values, { ink, positive, negative }, extent = largest(values)) {
    const scale = extent > 0 ? 255 / extent : 0;
    const [below, above] = [packed(ink ?? negative), packed(ink ?? positive)];
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      const alpha = Math.abs(value) * scale + 0.5; // the shift cuts off what is behind the point
      pixels[places[i]] = (value < 0 ? below : above) | (alpha << 24);
    }
    context.putImageData(image, 0, 0);
  }

  // Frames `tall` x `broad` cells of a map; the cell pointed at is `inset` cells from their corner.
  function point(map, row, column, tall = 1, broad = tall, inset = 0) {
    at = { map, row, column };
    const place = [map, row, column, tall, broad, inset].join();
    if (place === framed) return;
    framed = place;
    const y = Math.floor(map / columns) * pitch + row - inset;
    const x = (map % columns) * pitch + column - inset;
    frame.hidden = false;
    Object.assign(frame.style, {
      left: `${(100 * x) / wide}%`,
      top: `${(100 * y) / high}%`,
      width: `${(100 * broad) / wide}%`,
      height: `${(100 * tall) / high}%`,
    });
  }

  function hear(event) {
    const area = canvas.getBoundingClientRect();
    const y = Math.floor(((event.clientY - area.top) / area.height) * high);
    const x = Math.floor(((event.clientX - area.left) / area.width) * wide);
    const inside = (value, limit) => Math.max(0, Math.min(limit - 1, value));
    const map =
      inside(Math.floor(y / pitch), rows) * columns + inside(Math.floor(x / pitch), columns);
    if (map < count) onPoint(map, inside(y % pitch, size), inside(x % pitch, size));
  }

  if (onPoint) {
    box.addEventListener("pointerdown", hear);
    // A map of many is chosen by a press, a cell of one is followed.
    if (count === 1) box.addEventListener("pointermove", hear);
    box.addEventListener("keydown", (event) => {
      const move = MOVES[event.key];
      if (!move) return;
      event.preventDefault();
      if (count > 1) {
        const next = at.map + move[0] * columns + move[1];
        if (next >= 0 && next < count) onPoint(next, at.row, at.column);
      } else {
        const inside = (value) => Math.max(0, Math.min(size - 1, value));
        onPoint(0, inside(at.row + move[0]), inside(at.column + move[1]));
      }
    });
  }
  function name(text) {
    if (named.getAttribute("aria-label") !== text) named.setAttribute("aria-label", text);
  }

  return { box, paint, point, name };
}

function largest(values) {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}

// Red, green and blue as one number, as a picture's pixel holds them; alpha comes on top.
function packed([red, green, blue]) {
  return red | (green << 8) | (blue << 16);
}
