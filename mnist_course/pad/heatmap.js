import { element } from "./dom.js";

// Arrays as grids of coloured cells: one map or many side by side, with one cell or map marked.

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// `size`: cells along a map's side; `columns`: maps in a row; `gap`: cells between two maps.
// `onPoint(map, row, column)` is called on mouse, finger, pen and arrow keys; without it the maps
// are not interactive.
export function heatmap({ size, count = 1, columns = 1, gap = 0, label, onPoint }) {
  const rows = Math.ceil(count / columns);
  const pitch = size + gap;
  const [width, height] = [columns * pitch - gap, rows * pitch - gap];
  const canvas = element("canvas", { width, height });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const marker = element("div", { className: "digit-pad__marker", hidden: true });
  const box = element("div", { className: "digit-pad__heatmap" }, canvas, marker);
  box.style.aspectRatio = `${width} / ${height}`;
  if (!onPoint) {
    canvas.setAttribute("role", "img");
  } else {
    // Screen readers pass the arrow keys on to an element of this role.
    box.setAttribute("role", "application");
    box.tabIndex = 0;
  }
  const labelled = onPoint ? box : canvas;
  labelled.setAttribute("aria-label", label);
  let at = { map: 0, row: 0, column: 0 };
  let marked = ""; // the marker's place, as text

  // The index of each value's pixel in the image.
  const pixelOf = Int32Array.from({ length: count * size * size }, (_, i) => {
    const [map, cell] = [Math.floor(i / (size * size)), i % (size * size)];
    const y = Math.floor(map / columns) * pitch + Math.floor(cell / size);
    return y * width + (map % columns) * pitch + (cell % size);
  });
  const pixels = new Uint32Array(image.data.buffer);

  // `limit`: the absolute value that gets the full colour; by default the largest of `values`.
  function paint(values, { ink, positive, negative }, limit = largestMagnitude(values)) {
    const scale = limit > 0 ? 255 / limit : 0;
    const [below, above] = [packColour(ink ?? negative), packColour(ink ?? positive)];
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      const alpha = Math.abs(value) * scale + 0.5; // the shift below drops the fraction
      pixels[pixelOf[i]] = (value < 0 ? below : above) | (alpha << 24);
    }
    context.putImageData(image, 0, 0);
  }

  // Marks `markedRows` x `markedColumns` cells of a map; the given cell is `inset` cells from their corner.
  function mark(map, row, column, markedRows = 1, markedColumns = markedRows, inset = 0) {
    at = { map, row, column };
    const place = [map, row, column, markedRows, markedColumns, inset].join();
    if (place === marked) return;
    marked = place;
    const y = Math.floor(map / columns) * pitch + row - inset;
    const x = (map % columns) * pitch + column - inset;
    marker.hidden = false;
    Object.assign(marker.style, {
      left: `${(100 * x) / width}%`,
      top: `${(100 * y) / height}%`,
      width: `${(100 * markedColumns) / width}%`,
      height: `${(100 * markedRows) / height}%`,
    });
  }

  function handlePointer(event) {
    const area = canvas.getBoundingClientRect();
    const y = Math.floor(((event.clientY - area.top) / area.height) * height);
    const x = Math.floor(((event.clientX - area.left) / area.width) * width);
    const clamp = (value, length) => Math.max(0, Math.min(length - 1, value));
    const map =
      clamp(Math.floor(y / pitch), rows) * columns + clamp(Math.floor(x / pitch), columns);
    if (map < count) onPoint(map, clamp(y % pitch, size), clamp(x % pitch, size));
  }

  if (onPoint) {
    box.addEventListener("pointerdown", handlePointer);
    // Among many maps a press chooses one; in a single map the cell follows the pointer.
    if (count === 1) box.addEventListener("pointermove", handlePointer);
    box.addEventListener("keydown", (event) => {
      const move = MOVES[event.key];
      if (!move) return;
      event.preventDefault();
      if (count > 1) {
        const next = at.map + move[0] * columns + move[1];
        if (next >= 0 && next < count) onPoint(next, at.row, at.column);
      } else {
        const clamp = (value) => Math.max(0, Math.min(size - 1, value));
        onPoint(0, clamp(at.row + move[0]), clamp(at.column + move[1]));
      }
    });
  }
  function setLabel(text) {
    if (labelled.getAttribute("aria-label") !== text) labelled.setAttribute("aria-label", text);
  }

  return { box, paint, mark, setLabel };
}

function largestMagnitude(values) {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]));
  return largest;
}

// Red, green and blue as one number in the byte order of a pixel; alpha is added later.
function packColour([red, green, blue]) {
  return red | (green << 8) | (blue << 16);
}
