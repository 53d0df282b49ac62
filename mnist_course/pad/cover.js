import { element, inSlices, percent } from "./elements.js";
import { forward } from "./network.js";
import { tiles } from "./tiles.js";
import { bars, ranking } from "./verdict.js";

// Cover part of the digit and see the probabilities move.

const COVER = 7; // pixels along the side of the white square
const HALF = 3; // and from the square's middle to its rim
const STEP = 2;
const PLACES = 28 / STEP; // tried along a side

export function cover() {
  let [network, layers, colours] = [null, null, null];
  let at = { row: 10, column: 10 };
  let round = 0; // a new digit ends the work on the old one's map

  const sheet = tiles({
    size: 28,
    label: "the digit under a cover of 7 by 7 pixels: arrow keys move the cover",
    onPoint: (_, row, column) => move(row - HALF, column - HALF),
  });
  const map = tiles({ size: PLACES, label: "occlusion map" });
  const covered = bars("Probabilities with the cover on");
  const words = element("p", { "aria-live": "polite" });
  const progress = element("p", { className: "digit-pad__progress" });
  const row = element("div", { className: "digit-pad__row" });
  for (const [view, caption] of [
    [sheet.box, "point: the cover follows"],
    [map.box, "orange: covering this place costs the answer most; blue: it helps"],
  ]) {
    row.append(element("figure", {}, view, element("figcaption", { textContent: caption })));
  }
  row.append(covered.list);
  const intro = element("p", {
    textContent:
      "A square of blank paper hides a part. Where the probability falls, the network was leaning on what lay below: " +
      "tried at every place, that makes the occlusion map.",
  });
  const box = element("details", { className: "digit-pad__more" });
  box.append(
    element("summary", { textContent: "Cover a part: what does the answer rest on?" }),
    intro,
    row,
    words,
    progress,
  );
  box.addEventListener("toggle", () => show(network, layers, colours));

  function under(row, column) {
    const pixels = layers.input.slice();
    for (let y = Math.max(0, row); y < Math.min(28, row + COVER); y++) {
      pixels.fill(0, y * 28 + Math.max(0, column), y * 28 + Math.min(28, column + COVER));
    }
    return pixels;
  }

  function move(row, column) {
    at = { row, column };
    const pixels = under(row, column);
    const { probabilities } = forward(network, pixels);
    const [first] = ranking(layers.probabilities);
    sheet.paint(pixels, { ink: colours.ink }, 1);
    sheet.point(0, row + HALF, column + HALF, COVER, COVER, HALF);
    covered.show(probabilities);
    words.textContent =
      `Uncovered, ${first} has ${percent(layers.probabilities[first])}; ` +
      `with rows ${Math.max(1, row + 1)} to ${Math.min(28, row + COVER)}, columns ${Math.max(1, column + 1)} to ` +
      `${Math.min(28, column + COVER)} covered it has ${percent(probabilities[first])}.`;
  }

  async function drawMap() {
    const mine = ++round;
    const [first] = ranking(layers.probabilities);
    const before = layers.probabilities[first];
    const changes = new Float32Array(PLACES * PLACES);
    const { positive, negative } = colours;
    const tryPlace = (i) => {
      const pixels = under(STEP * Math.floor(i / PLACES) - HALF, STEP * (i % PLACES) - HALF);
      changes[i] = forward(network, pixels).probabilities[first] - before;
    };
    const done = (i) => {
      if (mine !== round) return;
      map.paint(changes, { positive, negative }, 1);
      progress.textContent = i < changes.length ? `Trying place ${i} of ${changes.length}` : "";
    };
    await inSlices(changes.length, tryPlace, () => mine !== round, done);
    if (mine !== round) return;
    const most = Math.min(...changes);
    map.name(`occlusion map: the worst place takes ${percent(-most)} from the answer ${first}`);
  }

  function show(newNetwork, newLayers, newColours) {
    [network, layers, colours] = [newNetwork, newLayers, newColours];
    if (!box.open || !network) return;
    move(at.row, at.column);
    drawMap();
  }

  return { box, show };
}
