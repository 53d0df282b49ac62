import { element, inSlices } from "./elements.js";
import { forward, toPixels } from "./network.js";
import { tiles } from "./tiles.js";

// Which sample digits are most like this one, to the eye of a ruler and to that of the network?

const SHOWN = 8;

// What the network makes of every sample digit: its hidden units, and how probable it finds the label.
// Worked out once, when someone asks for it.
export function survey(network, { images, labels }) {
  const seen = { hidden: [], likelihood: [] };
  let running = null;
  const look = (i) => {
    const { hidden, probabilities } = forward(network, toPixels(images[i]));
    seen.hidden.push(hidden);
    seen.likelihood.push(probabilities[labels[i]]);
  };
  return (progress) => {
    running ??= inSlices(images.length, look, () => false, progress).then(() => seen);
    return running;
  };
}

export function neighbours() {
  let [layers, colours, samples, look] = [null, null, null, null];
  let round = 0;
  const rows = [
    ["Pixel by pixel", "distance between the two images"],
    ["As the network sees them", "distance between the 128 hidden units"],
  ].map(([title, words]) => {
    const views = Array.from({ length: SHOWN }, () => {
      const view = tiles({ size: 28, label: "a sample digit, not yet found" });
      const caption = element("figcaption");
      return { view, caption, figure: element("figure", {}, view.box, caption) };
    });
    const row = element(
      "div",
      { className: "digit-pad__neighbours" },
      ...views.map(({ figure }) => figure),
    );
    const heading = element("p", {}, element("strong", { textContent: title }), `: ${words}`);
    return { views, part: element("div", {}, heading, row) };
  });
  const words = element("p", { "aria-live": "polite" });
  const box = element("details", { className: "digit-pad__more" });
  box.append(
    element("summary", { textContent: "Why is mine misread? The sample digits most like it" }),
    element("p", {
      textContent:
        "The network knows only what it was shown. If the digits that its hidden units place nearest to yours are " +
        "mostly another digit, so is its answer.",
    }),
    ...rows.map(({ part }) => part),
    words,
  );
  box.addEventListener("toggle", () => show(layers, colours, samples, look));

  async function show(newLayers, newColours, newSamples, newLook) {
    [layers, colours, samples, look] = [newLayers, newColours, newSamples, newLook];
    const mine = ++round;
    if (!box.open || !layers || !look) return;
    const { images, labels } = samples;
    const { hidden } = await look((i) => {
      if (i < images.length) words.textContent = `Reading sample digit ${i} of ${images.length}`;
    });
    if (mine !== round) return;
    const pixels = layers.input.map((value) => Math.round(255 * value));
    const nearest = [nearestTo(pixels, images), nearestTo(layers.hidden, hidden)];
    nearest.forEach((found, which) => {
      found.forEach((i, place) => {
        const { view, caption } = rows[which].views[place];
        view.paint(images[i], { ink: colours.ink }, 255);
        view.name(`sample digit ${labels[i]}`);
        caption.textContent = labels[i];
      });
    });
    words.textContent = `Of the ${SHOWN} nearest by hidden units, ${tally(nearest[1].map((i) => labels[i]))}.`;
  }

  return { box, show };
}

function nearestTo(vector, others) {
  const distances = others.map((other) =>
    other.reduce((sum, value, i) => sum + (value - vector[i]) ** 2, 0),
  );
  // A sample digit itself, when it lies on the paper, is no neighbour of its own.
  const near = [...others.keys()].filter((i) => distances[i] > 0);
  return near.sort((a, b) => distances[a] - distances[b]).slice(0, SHOWN);
}

// "6 are labelled 9 and 2 are labelled 4"
function tally(labels) {
  const counts = new Map();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const parts = [...counts].sort((a, b) => b[1] - a[1]);
  return parts
    .map(([label, count]) => `${count} ${count === 1 ? "is" : "are"} labelled ${label}`)
    .join(", ");
}
