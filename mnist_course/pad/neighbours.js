import { element, runInSlices } from "./dom.js";
import { heatmap } from "./heatmap.js";
import { forward, toPixels } from "./network.js";

// The sample digits nearest to the image, by their pixels and by the network's hidden units.

const SHOWN = 8;

// Returns a function that returns a promise of every sample digit's hidden units and the probability
// of its label. They are computed once, at the first call.
export function embedSamples(network, { images, labels }) {
  const embeddings = { hidden: [], labelProbability: [] };
  let running = null;
  const embed = (i) => {
    const { hidden, probabilities } = forward(network, toPixels(images[i]));
    embeddings.hidden.push(hidden);
    embeddings.labelProbability.push(probabilities[labels[i]]);
  };
  return (onProgress) => {
    running ??= runInSlices(images.length, embed, () => false, onProgress).then(() => embeddings);
    return running;
  };
}

export function neighbours() {
  let [activations, colours, samples, embed] = [null, null, null, null];
  let run = 0; // increased with each image: an older search is then not shown
  const rows = [
    ["By pixels", "distance between the two images"],
    ["By hidden units", "distance between the 128 hidden units"],
  ].map(([title, explanation]) => {
    const views = Array.from({ length: SHOWN }, () => {
      const map = heatmap({ size: 28, label: "a sample digit, not yet found" });
      const caption = element("figcaption");
      return { map, caption, figure: element("figure", {}, map.box, caption) };
    });
    const row = element(
      "div",
      { className: "digit-pad__neighbours" },
      ...views.map(({ figure }) => figure),
    );
    const heading = element("p", {}, element("strong", { textContent: title }), `: ${explanation}`);
    return { views, part: element("div", {}, heading, row) };
  });
  const text = element("p", { "aria-live": "polite" });
  const box = element("details", { className: "digit-pad__more" });
  box.append(
    element("summary", { textContent: "Why is it misread? The nearest sample digits" }),
    element("p", {
      textContent:
        "If the sample digits with the most similar hidden units are mostly another digit, the network predicts that digit.",
    }),
    ...rows.map(({ part }) => part),
    text,
  );
  box.addEventListener("toggle", () => show(activations, colours, samples, embed));

  async function show(newActivations, newColours, newSamples, newEmbed) {
    [activations, colours, samples, embed] = [newActivations, newColours, newSamples, newEmbed];
    const thisRun = ++run;
    if (!box.open || !activations || !embed) return;
    const { images, labels } = samples;
    const { hidden } = await embed((i) => {
      if (i < images.length) text.textContent = `Reading sample digit ${i} of ${images.length}`;
    });
    if (thisRun !== run) return;
    const pixels = activations.input.map((value) => Math.round(255 * value));
    const nearest = [nearestTo(pixels, images), nearestTo(activations.hidden, hidden)];
    nearest.forEach((indices, which) => {
      indices.forEach((i, rank) => {
        const { map, caption } = rows[which].views[rank];
        map.paint(images[i], { ink: colours.ink }, 255);
        map.setLabel(`sample digit ${labels[i]}`);
        caption.textContent = labels[i];
      });
    });
    text.textContent = `Of the ${SHOWN} nearest by hidden units, ${countLabels(nearest[1].map((i) => labels[i]))}.`;
  }

  return { box, show };
}

function nearestTo(vector, others) {
  const distances = others.map((other) =>
    other.reduce((sum, value, i) => sum + (value - vector[i]) ** 2, 0),
  );
  // A sample digit on the canvas is not its own neighbour.
  const near = [...others.keys()].filter((i) => distances[i] > 0);
  return near.sort((a, b) => distances[a] - distances[b]).slice(0, SHOWN);
}

// "6 are labelled 9, 2 are labelled 4"
function countLabels(labels) {
  const counts = new Map();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const parts = [...counts].sort((a, b) => b[1] - a[1]);
  return parts
    .map(([label, count]) => `${count} ${count === 1 ? "is" : "are"} labelled ${label}`)
    .join(", ");
}
