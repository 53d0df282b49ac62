// Warnings about drawings that differ from the training images. The network itself has no such output.

const MESSAGES = {
  empty: "The canvas is empty. Draw a digit, or choose one below.",
  full: "Almost the whole canvas is ink. The network has no output for “no digit”: it must predict one.",
  tiny: "This is a dot. Scaled up to 20×20 it becomes a large spot, and the network still predicts a digit.",
  two: "These look like two digits. The network predicts one digit for each image: both are scaled into one box.",
  outside: "Part of the stroke left the canvas. Only what is on the canvas counts.",
};

// `ink`: size x size numbers, 0 to 255; `prepared`: the result of prepare(ink, size).
export function inputWarnings(ink, size, prepared, leftCanvas) {
  const messages = [inkWarning(ink, size, prepared), leftCanvas ? MESSAGES.outside : ""];
  return messages.filter(Boolean).join(" ");
}

function inkWarning(ink, size, prepared) {
  if (!prepared) return MESSAGES.empty;
  let inked = 0;
  for (let i = 0; i < ink.length; i++) if (ink[i] > 127) inked++;
  if (inked > 0.5 * ink.length) return MESSAGES.full;
  if (Math.max(prepared.box.width, prepared.box.height) < 0.15 * size) return MESSAGES.tiny;
  return hasTwoDigits(ink, size) ? MESSAGES.two : "";
}

// True for two large components beside or above each other, with a gap between them.
function hasTwoDigits(ink, size) {
  const found = components(ink, size).filter(({ top, bottom }) => bottom - top >= 0.22 * GRID);
  const [first, second] = found.sort((a, b) => b.cells - a.cells);
  if (!second || second.cells < 0.25 * first.cells) return false;
  const separate = (low, high) =>
    Math.max(first[low], second[low]) - Math.min(first[high], second[high]) > 1;
  return separate("left", "right") || separate("top", "bottom");
}

const GRID = 56;

// Connected components of the ink, on a coarse grid: thin gaps do not separate them.
function components(ink, size) {
  const step = size / GRID;
  const inked = (cell) => {
    const [row, column] = [Math.floor(cell / GRID), cell % GRID];
    return ink[Math.floor((row + 0.5) * step) * size + Math.floor((column + 0.5) * step)] > 127;
  };
  const visited = new Uint8Array(GRID * GRID);
  const found = [];
  for (let start = 0; start < visited.length; start++) {
    if (visited[start] || !inked(start)) continue;
    const component = { cells: 0, top: GRID, bottom: 0, left: GRID, right: 0 };
    const stack = [start];
    visited[start] = 1;
    while (stack.length) {
      const cell = stack.pop();
      const [row, column] = [Math.floor(cell / GRID), cell % GRID];
      component.cells++;
      component.top = Math.min(component.top, row);
      component.bottom = Math.max(component.bottom, row);
      component.left = Math.min(component.left, column);
      component.right = Math.max(component.right, column);
      for (const [y, x] of [
        [row - 1, column],
        [row + 1, column],
        [row, column - 1],
        [row, column + 1],
      ]) {
        const next = y * GRID + x;
        if (y < 0 || y >= GRID || x < 0 || x >= GRID || visited[next] || !inked(next)) continue;
        visited[next] = 1;
        stack.push(next);
      }
    }
    found.push(component);
  }
  return found;
}
