import { element, percent, runInSlices } from "./dom.js";
import { heatmap } from "./heatmap.js";
import { forward } from "./network.js";
import { probabilityBars, ranking } from "./prediction.js";

// Occlusion: hide a part of the digit and compare the probabilities.

const PATCH = 7; // pixels along a side of the white square
const HALF = 3; // from the square's middle to its edge
const STRIDE = 2;
const POSITIONS = 28 / STRIDE; // along a side of the image

export function occlusion() {
  let [network, activations, colours] = [null, null, null];
  let at = { row: 10, column: 10 }; // the upper left pixel of the square
  let run = 0; // increased with each image: an older map's computation then stops

  const imageMap = heatmap({
    size: 28,
    label: "the digit with 7 by 7 pixels hidden: arrow keys move the hidden part",
    onPoint: (_, row, column) => hidePart(row - HALF, column - HALF),
  });
  const occlusionMap = heatmap({ size: POSITIONS, label: "occlusion map" });
  const bars = probabilityBars("Probabilities with a part hidden");
  const text = element("p", { "aria-live": "polite" });
  const progress = element("p");
  const row = element("div", { className: "digit-pad__row" });
  for (const [view, caption] of [
    [imageMap.box, "point to move the hidden part"],
    [occlusionMap.box, "orange: hiding this part lowers the probability; blue: it raises it"],
  ]) {
    row.append(element("figure", {}, view, element("figcaption", { textContent: caption })));
  }
  row.append(bars.list);
  const intro = element("p", {
    textContent:
      "A blank square hides a part of the image. Where the probability of the predicted digit falls, the prediction depends on what is hidden: " +
      "the change at every position is the occlusion map.",
  });
  const box = element("details", { className: "digit-pad__more" });
  box.append(
    element("summary", { textContent: "Hide a part: what does the prediction depend on?" }),
    intro,
    row,
    text,
    progress,
  );
  box.addEventListener("toggle", () => show(network, activations, colours));

  function occluded(row, column) {
    const pixels = activations.input.slice();
    for (let y = Math.max(0, row); y < Math.min(28, row + PATCH); y++) {
      pixels.fill(0, y * 28 + Math.max(0, column), y * 28 + Math.min(28, column + PATCH));
    }
    return pixels;
  }

  function hidePart(row, column) {
    at = { row, column };
    const pixels = occluded(row, column);
    const { probabilities } = forward(network, pixels);
    const [predicted] = ranking(activations.probabilities);
    imageMap.paint(pixels, { ink: colours.ink }, 1);
    imageMap.mark(0, row + HALF, column + HALF, PATCH, PATCH, HALF);
    bars.show(probabilities);
    text.textContent =
      `The whole image gives ${predicted} a probability of ${percent(activations.probabilities[predicted])}; ` +
      `with rows ${Math.max(1, row + 1)} to ${Math.min(28, row + PATCH)}, columns ${Math.max(1, column + 1)} to ` +
      `${Math.min(28, column + PATCH)} hidden it is ${percent(probabilities[predicted])}.`;
  }

  async function computeMap() {
    const thisRun = ++run;
    const [predicted] = ranking(activations.probabilities);
    const before = activations.probabilities[predicted];
    const changes = new Float32Array(POSITIONS * POSITIONS);
    const { positive, negative } = colours;
    const compute = (i) => {
      const row = STRIDE * Math.floor(i / POSITIONS) - HALF;
      const pixels = occluded(row, STRIDE * (i % POSITIONS) - HALF);
      changes[i] = forward(network, pixels).probabilities[predicted] - before;
    };
    const onProgress = (i) => {
      if (thisRun !== run) return;
      occlusionMap.paint(changes, { positive, negative }, 1);
      progress.textContent = i < changes.length ? `Position ${i} of ${changes.length}` : "";
    };
    await runInSlices(changes.length, compute, () => thisRun !== run, onProgress);
    if (thisRun !== run) return;
    const lowest = Math.min(...changes);
    occlusionMap.setLabel(
      `occlusion map: the probability of ${predicted} falls by at most ${percent(-lowest)}`,
    );
  }

  function show(newNetwork, newActivations, newColours) {
    [network, activations, colours] = [newNetwork, newActivations, newColours];
    if (!box.open || !network) return;
    hidePart(at.row, at.column);
    computeMap();
  }

  return { box, show };
}
