import { element, number, percent, write } from "./elements.js";
import { microscope } from "./microscope.js";
import { tiles } from "./tiles.js";

// From the drawing to the probabilities: each layer's numbers, its line of Keras and its chapter.

const BUILD = "05-build";
const STAGES = {
  prepare: {
    title: "Scaled and centred",
    keras: "Input(shape=(28, 28, 1))",
    chapter: "03-normalize",
    section: "one-division",
    words:
      "MNIST's makers scaled every digit into 20×20 pixels and laid its centre of mass on the middle of 28×28. " +
      "Yours is treated the same. The scaling brings the grey rims; dividing by 255 brings numbers from 0 to 1.",
  },
  conv: {
    title: "32 filters, 32 feature maps",
    keras: 'Conv2D(32, (5, 5), activation="relu")',
    chapter: BUILD,
    section: "convolution-twenty-five-products-and-a-sum",
    words:
      "Each filter slides its 5×5 kernel over the image. Its feature map holds a number for every place: " +
      "blue where the ink fits the kernel, orange where it goes against it. Choose a filter, then point at a cell below.",
  },
  relu: {
    title: "relu: what is negative becomes 0",
    keras: 'Conv2D(32, (5, 5), activation="relu")',
    chapter: BUILD,
    section: "relu-what-is-negative-becomes-zero",
    words: "All orange is gone. What is left says where each filter found what it looks for.",
  },
  pooled: {
    title: "Pooling: the largest of four",
    keras: "MaxPooling2D()",
    chapter: BUILD,
    section: "pooling-the-largest-of-four",
    words:
      "Of every 2×2 cells the largest stays: a quarter of the numbers, and a place known a little less exactly.",
  },
  flatten: {
    title: "One long row",
    keras: "Dropout(0.2), Flatten()",
    chapter: BUILD,
    section: "dropout-and-flatten",
    words:
      "Dropout rests: it works in training only. Flatten writes the 32 maps of 12×12 as one row of 4,608 numbers.",
  },
  hidden: {
    title: "128 hidden units",
    keras: 'Dense(128, activation="relu")',
    chapter: BUILD,
    section: "every-parameter-accounted-for",
    words:
      "Each unit weighs all 4,608 numbers and keeps what is positive. Point at one to hear for whom it speaks.",
  },
  logits: {
    title: "Ten logits, ten probabilities",
    keras: 'Dense(10, activation="softmax")',
    chapter: BUILD,
    section: "softmax-and-the-network-in-four-lines",
    words:
      "Each logit weighs the 128 units. softmax raises e to each of them and divides by the sum: the largest logit wins, " +
      "and a lead of 3 already makes it twenty times as probable as the next.",
  },
};

// `chapterLink(chapter, section)` gives an address, or null where the chapters are out of reach.
export function stages(chapterLink) {
  const atlas = (size, label) =>
    tiles({ size, count: 32, columns: 8, gap: 1, label, onPoint: chooseFilter });
  const close = microscope();
  const drawn = tiles({ size: 56, label: "the drawing, with the box around its ink" });
  const scaled = tiles({ size: 20, label: "the drawing scaled into 20 by 20 pixels" });
  const centred = tiles({ size: 28, label: "the digit centred by mass in 28 by 28 pixels" });
  const kernels = atlas(5, "32 kernels: arrow keys move from filter to filter");
  const maps = {
    conv: atlas(24, "32 feature maps: arrow keys move from filter to filter"),
    relu: atlas(24, "32 feature maps after relu: arrow keys move from filter to filter"),
    pooled: atlas(12, "32 pooled maps: arrow keys move from filter to filter"),
  };
  const units = tiles({
    size: 1,
    count: 128,
    columns: 32,
    label: "128 hidden units: arrow keys move from unit to unit",
    onPoint: (unit) => chooseUnit(unit),
  });
  const unitWords = element("p", { "aria-live": "polite" });
  const sums = logitTable();
  let [network, layers, colours, unit] = [null, null, null, 0];

  const row = (...parts) => element("div", { className: "digit-pad__row" }, ...parts);
  const list = element("ol", { className: "digit-pad__stages" });
  const add = (name, ...parts) => list.append(stage(STAGES[name], chapterLink, parts));
  const before = [named(drawn, "drawn"), named(scaled, "20×20")];
  add("prepare", row(...before, named(centred, "28×28")));
  add(
    "conv",
    row(named(kernels, "kernels, 5×5"), named(maps.conv, "feature maps, 24×24")),
    close.box,
  );
  add("relu", maps.relu.box);
  add("pooled", maps.pooled.box);
  add("flatten");
  add("hidden", units.box, unitWords);
  add("logits", sums.table);

  function chooseFilter(filter) {
    for (const [size, each] of [
      [5, kernels],
      [24, maps.conv],
      [24, maps.relu],
      [12, maps.pooled],
    ]) {
      each.point(filter, 0, 0, size);
    }
    if (filter !== close.filter()) close.chooseFilter(filter);
  }

  function chooseUnit(chosen) {
    unit = chosen;
    units.point(unit, 0, 0);
    const value = layers.hidden[unit];
    const said = `Unit ${unit + 1}: 4,608 products and a bias add up to ${number(layers.hiddenSum[unit])}; relu leaves ${number(value)}. `;
    const pushes = Array.from({ length: 10 }, (_, digit) => {
      return value * network.logitKernel[unit * 10 + digit];
    });
    const best = pushes.indexOf(Math.max(...pushes));
    const worst = pushes.indexOf(Math.min(...pushes));
    const effect =
      value === 0
        ? "It stays silent."
        : `It adds ${number(pushes[best])} to the logit of ${best} and ${number(pushes[worst])} to that of ${worst}.`;
    write(unitWords, said + effect);
  }

  function show(newNetwork, newLayers, newColours, drawing) {
    [network, layers, colours] = [newNetwork, newLayers, newColours];
    const { ink, positive, negative } = colours;
    showPreparation(drawing, ink);
    kernels.paint(network.kernels, { positive, negative });
    for (const [name, map] of Object.entries(maps)) map.paint(layers[name], { positive, negative });
    units.paint(layers.hidden, { positive, negative });
    sums.fill(layers);
    close.show(network, layers, colours);
    chooseFilter(close.filter());
    chooseUnit(unit);
  }

  // A sample digit comes prepared: there is nothing to scale.
  function showPreparation({ ink: strokes, size, prepared }, ink) {
    const coarse = new Float32Array(56 * 56);
    const inner = new Float32Array(20 * 20);
    for (const figure of before) figure.hidden = !prepared;
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
      drawn.point(0, box.top / step, box.left / step, box.height / step, box.width / step);
    }
    drawn.paint(coarse, { ink }, 255);
    scaled.paint(inner, { ink }, 255);
    centred.paint(layers.input, { ink }, 1);
    centred.point(0, 14, 14);
  }

  return { list, show };
}

function stage({ title, keras, chapter, section, words }, chapterLink, parts) {
  const address = chapterLink(chapter, section);
  const name = `Chapter ${Number(chapter.slice(0, 2))}`;
  const home = address
    ? element("a", { href: address, textContent: name })
    : element("span", { textContent: name });
  const line = element(
    "p",
    { className: "digit-pad__keras" },
    element("code", { textContent: keras }),
    home,
  );
  const heading = element("h2", { textContent: title });
  return element("li", {}, heading, line, element("p", { textContent: words }), ...parts);
}

function named(view, words) {
  return element("figure", {}, view.box, element("figcaption", { textContent: words }));
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
    rows[0].cells.forEach((cell, digit) => write(cell, number(logits[digit], 1)));
    rows[1].cells.forEach((cell, digit) => write(cell, percent(probabilities[digit])));
  }
  // On a phone it scrolls sideways, also by the keyboard.
  const scroll = {
    className: "digit-pad__scroll",
    role: "group",
    tabIndex: 0,
    "aria-label": "Logits and probabilities",
  };
  return { table: element("div", scroll, table), fill };
}
