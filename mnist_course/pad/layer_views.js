import { element, formatNumber, percent, setText } from "./dom.js";
import { filterView } from "./filter_view.js";
import { heatmap } from "./heatmap.js";

// From the drawing to the probabilities: each layer's activations, its line of Keras code and its
// lesson.

const BUILD = "05-build";
const LAYERS = {
  input: {
    title: "Scaled and centred",
    keras: "Input(shape=(28, 28, 1))",
    lesson: "03-normalize",
    section: "the-division-and-the-dtype",
    text:
      "In MNIST every digit is scaled to 20×20 pixels and placed with its centre of mass in the middle of 28×28. " +
      "Your drawing is prepared in the same way. Scaling makes the edges grey; dividing by 255 gives numbers from 0 to 1.",
  },
  conv: {
    title: "32 filters",
    keras: 'Conv2D(32, (5, 5), activation="relu")',
    lesson: BUILD,
    section: "a-convolution-by-hand",
    text:
      "Each filter slides its 5×5 kernel over the image and computes a sum at every position: " +
      "blue where it is positive, orange where it is negative. Choose a filter, then point at a cell below.",
  },
  relu: {
    title: "relu: negative sums become 0",
    keras: 'Conv2D(32, (5, 5), activation="relu")',
    lesson: BUILD,
    section: "from-sums-to-probabilities",
    text: "All orange is gone. What remains is the feature map of each filter: it shows where the filter responds.",
  },
  pooled: {
    title: "Pooling: the largest of four",
    keras: "MaxPooling2D()",
    lesson: BUILD,
    section: "from-sums-to-probabilities",
    text: "Of every 2×2 cells the largest is kept: a quarter of the numbers, and positions a little less exact.",
  },
  flatten: {
    title: "One long vector",
    keras: "Dropout(0.2), Flatten()",
    lesson: BUILD,
    section: "from-sums-to-probabilities",
    text: "Dropout is active in training only. Flatten writes the 32 maps of 12×12 as one vector of 4,608 numbers.",
  },
  hidden: {
    title: "128 hidden units",
    keras: 'Dense(128, activation="relu")',
    lesson: BUILD,
    section: "every-parameter-accounted-for",
    text: "Each unit computes a weighted sum of all 4,608 numbers; relu keeps what is positive. Point at a unit to see how it changes the logits.",
  },
  logits: {
    title: "Ten logits, ten probabilities",
    keras: 'Dense(10, activation="softmax")',
    lesson: BUILD,
    section: "from-sums-to-probabilities",
    text:
      "Each logit is a weighted sum of the 128 units. softmax raises e to each of them and divides by the sum: the largest logit wins, " +
      "and a lead of 3 already makes it twenty times as probable as the next.",
  },
};

// `lessonLink(lesson, section)` returns an address, or null if there are no pages to link to.
export function layerViews(lessonLink) {
  const filterMaps = (size, label) =>
    heatmap({ size, count: 32, columns: 8, gap: 1, label, onPoint: chooseFilter });
  const detail = filterView();
  const drawingMap = heatmap({ size: 56, label: "the drawing, with the box around its ink" });
  const scaledMap = heatmap({ size: 20, label: "the drawing scaled into 20 by 20 pixels" });
  const centredMap = heatmap({ size: 28, label: "the digit centred by mass in 28 by 28 pixels" });
  const kernels = filterMaps(5, "32 kernels: arrow keys move from filter to filter");
  const maps = {
    conv: filterMaps(24, "sums of 32 filters: arrow keys move from filter to filter"),
    relu: filterMaps(24, "32 feature maps: arrow keys move from filter to filter"),
    pooled: filterMaps(12, "32 pooled maps: arrow keys move from filter to filter"),
  };
  const units = heatmap({
    size: 1,
    count: 128,
    columns: 32,
    label: "128 hidden units: arrow keys move from unit to unit",
    onPoint: (unit) => chooseUnit(unit),
  });
  const unitText = element("p", { "aria-live": "polite" });
  const table = logitTable();
  let [network, activations, colours, unit] = [null, null, null, 0];

  const row = (...parts) => element("div", { className: "digit-pad__row" }, ...parts);
  const list = element("ol", { className: "digit-pad__layers" });
  const add = (name, ...parts) => list.append(layerItem(LAYERS[name], lessonLink, parts));
  const preparation = [captioned(drawingMap, "drawing"), captioned(scaledMap, "20×20")];
  add("input", row(...preparation, captioned(centredMap, "28×28")));
  add(
    "conv",
    row(captioned(kernels, "kernels, 5×5"), captioned(maps.conv, "sums, 24×24")),
    detail.box,
  );
  add("relu", maps.relu.box);
  add("pooled", maps.pooled.box);
  add("flatten");
  add("hidden", units.box, unitText);
  add("logits", table.box);

  function chooseFilter(filter) {
    for (const [size, map] of [
      [5, kernels],
      [24, maps.conv],
      [24, maps.relu],
      [12, maps.pooled],
    ]) {
      map.mark(filter, 0, 0, size);
    }
    if (filter !== detail.filter()) detail.chooseFilter(filter);
  }

  function chooseUnit(chosen) {
    unit = chosen;
    units.mark(unit, 0, 0);
    const value = activations.hidden[unit];
    const sum = formatNumber(activations.hiddenSum[unit]);
    const text = `Unit ${unit + 1}: 4,608 products and a bias add up to ${sum}; after relu it is ${formatNumber(value)}. `;
    const contributions = Array.from({ length: 10 }, (_, digit) => {
      return value * network.logitKernel[unit * 10 + digit];
    });
    const best = contributions.indexOf(Math.max(...contributions));
    const worst = contributions.indexOf(Math.min(...contributions));
    const effect =
      value === 0
        ? "The unit is inactive."
        : `It adds ${formatNumber(contributions[best])} to the logit of ${best} and ${formatNumber(contributions[worst])} to that of ${worst}.`;
    setText(unitText, text + effect);
  }

  function show(newNetwork, newActivations, newColours, drawing) {
    [network, activations, colours] = [newNetwork, newActivations, newColours];
    const { ink, positive, negative } = colours;
    showPreparation(drawing, ink);
    kernels.paint(network.kernels, { positive, negative });
    for (const [name, map] of Object.entries(maps))
      map.paint(activations[name], { positive, negative });
    units.paint(activations.hidden, { positive, negative });
    table.fill(activations);
    detail.show(network, activations, colours);
    chooseFilter(detail.filter());
    chooseUnit(unit);
  }

  // A sample digit is prepared already: only the last of the three images is shown.
  function showPreparation({ ink: strokes, size, prepared }, ink) {
    const coarse = new Float32Array(56 * 56);
    const inner = new Float32Array(20 * 20);
    for (const figure of preparation) figure.hidden = !prepared;
    if (prepared) {
      const step = size / 56;
      for (let i = 0; i < coarse.length; i++) {
        coarse[i] =
          strokes[
            Math.floor((Math.floor(i / 56) + 0.5) * step) * size +
              Math.floor(((i % 56) + 0.5) * step)
          ];
      }
      const { box, width, height } = prepared;
      const [top, left] = [(20 - height) >> 1, (20 - width) >> 1];
      prepared.scaled.forEach((value, i) => {
        inner[(top + Math.floor(i / width)) * 20 + left + (i % width)] = value;
      });
      drawingMap.mark(0, box.top / step, box.left / step, box.height / step, box.width / step);
    }
    drawingMap.paint(coarse, { ink }, 255);
    scaledMap.paint(inner, { ink }, 255);
    centredMap.paint(activations.input, { ink }, 1);
    centredMap.mark(0, 14, 14);
  }

  return { list, show };
}

function layerItem({ title, keras, lesson, section, text }, lessonLink, parts) {
  const address = lessonLink(lesson, section);
  const name = `Lesson ${Number(lesson.slice(0, 2))}`;
  const link = address
    ? element("a", { href: address, textContent: name })
    : element("span", { textContent: name });
  const line = element(
    "p",
    { className: "digit-pad__keras" },
    element("code", { textContent: keras }),
    link,
  );
  const heading = element("h2", { textContent: title });
  return element("li", {}, heading, line, element("p", { textContent: text }), ...parts);
}

function captioned(map, caption) {
  return element("figure", {}, map.box, element("figcaption", { textContent: caption }));
}

function logitTable() {
  const head = (text, scope) => element("th", { textContent: text, scope });
  const digits = [...Array(10).keys()];
  const rows = ["logit", "probability"].map((name) => {
    const cells = digits.map(() => element("td"));
    return { cells, row: element("tr", {}, head(name, "row"), ...cells) };
  });
  const top = element("tr", {}, head("digit", "col"), ...digits.map((digit) => head(digit, "col")));
  const table = element(
    "table",
    { className: "digit-pad__logits" },
    element("thead", {}, top),
    element("tbody", {}, ...rows.map(({ row }) => row)),
  );
  function fill({ logits, probabilities }) {
    rows[0].cells.forEach((cell, digit) => setText(cell, formatNumber(logits[digit], 1)));
    rows[1].cells.forEach((cell, digit) => setText(cell, percent(probabilities[digit])));
  }
  // On a phone the table scrolls sideways, also by keyboard.
  const scroll = {
    className: "digit-pad__scroll",
    role: "group",
    tabIndex: 0,
    "aria-label": "Logits and probabilities",
  };
  return { box: element("div", scroll, table), fill };
}
