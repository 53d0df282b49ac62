// What may be wrong with a drawing, in a word to the reader. The network itself never complains.

const WORDS = {
  empty: "The paper is empty. Draw a digit, or choose one below.",
  full: "Almost all of the paper is ink. The network has no answer for “no digit”: it must name one.",
  tiny: "That is a dot. Scaled up to 20×20 it becomes a blot, and the network must name a digit all the same.",
  two: "These look like two digits. The network reads one at a time: it squeezes both into one box.",
  outside: "Part of the stroke left the paper. Only what is on the paper counts.",
};

// `ink`: size x size numbers, 0 to 255; `prepared`: what prepare() made of it.
export function doubt(ink, size, prepared, leftPaper) {
  const words = [oddity(ink, size, prepared), leftPaper ? WORDS.outside : ""];
  return words.filter(Boolean).join(" ");
}

function oddity(ink, size, prepared) {
  if (!prepared) return WORDS.empty;
  let covered = 0;
  for (let i = 0; i < ink.length; i++) if (ink[i] > 127) covered++;
  if (covered > 0.5 * ink.length) return WORDS.full;
  if (Math.max(prepared.box.width, prepared.box.height) < 0.15 * size) return WORDS.tiny;
  return twoDigits(ink, size) ? WORDS.two : "";
}

// Two large pieces of ink beside or above each other, with paper between them.
function twoDigits(ink, size) {
  const found = pieces(ink, size).filter((piece) => piece.bottom - piece.top >= 0.22 * GRID);
  const [first, second] = found.sort((a, b) => b.cells - a.cells);
  if (!second || second.cells < 0.25 * first.cells) return false;
  const apart = (low, high) =>
    Math.max(first[low], second[low]) - Math.min(first[high], second[high]) > 1;
  return apart("left", "right") || apart("top", "bottom");
}

const GRID = 56;

// Connected pieces of ink, found on a coarse grid: hair-thin gaps do not separate.
function pieces(ink, size) {
  const step = size / GRID;
  const inked = (cell) => {
    const [row, column] = [Math.floor(cell / GRID), cell % GRID];
    return ink[Math.floor((row + 0.5) * step) * size + Math.floor((column + 0.5) * step)] > 127;
  };
  const seen = new Uint8Array(GRID * GRID);
  const found = [];
  for (let start = 0; start < seen.length; start++) {
    if (seen[start] || !inked(start)) continue;
    const piece = { cells: 0, top: GRID, bottom: 0, left: GRID, right: 0 };
    const waiting = [start];
    seen[start] = 1;
    while (waiting.length) {
      const cell = waiting.pop();
      const [row, column] = [Math.floor(cell / GRID), cell % GRID];
      piece.cells++;
      piece.top = Math.min(piece.top, row);
      piece.bottom = Math.max(piece.bottom, row);
      piece.left = Math.min(piece.left, column);
      piece.right = Math.max(piece.right, column);
      for (const [y, x] of [
        [row - 1, column],
        [row + 1, column],
        [row, column - 1],
        [row, column + 1],
      ]) {
        const next = y * GRID + x;
        if (y < 0 || y >= GRID || x < 0 || x >= GRID || seen[next] || !inked(next)) continue;
        seen[next] = 1;
        waiting.push(next);
      }
    }
    found.push(piece);
  }
  return found;
}
