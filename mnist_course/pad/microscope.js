import { element, number, write } from "./elements.js";
import { tiles } from "./tiles.js";

// One filter seen close: point at any cell, and its number is worked out below.

const PLATES = [
  ["input", 28, "the image"],
  ["conv", 24, "feature map"],
  ["relu", 24, "after relu"],
  ["pooled", 12, "pooled"],
];

export function microscope() {
  let [network, layers, colours] = [null, null, null];
  let at = { filter: 0, row: 11, column: 11 }; // of the cell in the feature map
  let pointed = false; // by the reader; until then it looks where there is something to see

  const plates = PLATES.map(([name, size, words]) => {
    const plate = tiles({
      size,
      label: words,
      onPoint: (_, row, column) => choose(name, row, column),
    });
    const caption = element("figcaption", { textContent: `${words}, ${size}×${size}` });
    return { name, size, words, plate, figure: element("figure", {}, plate.box, caption) };
  });
  const tables = ["patch", "kernel", "products"].map(grid);
  const sum = element("p", { className: "digit-pad__sum", "aria-live": "polite" });
  const arithmetic = element("div", { className: "digit-pad__arithmetic" });
  arithmetic.append(tables[0].table, sign("×"), tables[1].table, sign("="), tables[2].table);
  const row = element(
    "div",
    { className: "digit-pad__plates" },
    ...plates.map(({ figure }) => figure),
  );
  const box = element("div", {}, row, arithmetic, sum);

  function choose(name, row, column) {
    const inside = (value) => Math.max(0, Math.min(23, value));
    if (name === "input") [row, column] = [inside(row - 2), inside(column - 2)];
    if (name === "pooled") [row, column] = largestOf(row, column);
    at = { ...at, row, column };
    pointed = true;
    explain();
  }

  // The cell of the feature map that a pooled cell got its number from.
  function largestOf(row, column) {
    const window = [0, 1, 2, 3].map((i) => [2 * row + (i >> 1), 2 * column + (i & 1)]);
    return window.reduce((best, cell) =>
      value("conv", ...cell) > value("conv", ...best) ? cell : best,
    );
  }

  const value = (name, row, column) => layers[name][at.filter * 576 + row * 24 + column];

  // The 25 pixels below the kernel.
  function patch() {
    return Float32Array.from({ length: 25 }, (_, i) => {
      return layers.input[(at.row + Math.floor(i / 5)) * 28 + at.column + (i % 5)];
    });
  }

  function paint() {
    const { ink, positive, negative } = colours;
    for (const { name, size, words, plate } of plates) {
      const area = size * size;
      const all = layers[name];
      const part = name === "input" ? all : all.subarray(at.filter * area, (at.filter + 1) * area);
      plate.paint(part, name === "input" ? { ink } : { positive, negative });
      const whose = name === "input" ? words : `${words} of filter ${at.filter + 1}`;
      plate.name(`${whose}, ${size} by ${size} cells: arrow keys move from cell to cell`);
    }
  }

  function explain() {
    const { filter, row, column } = at;
    const kernel = network.kernels.subarray(filter * 25, filter * 25 + 25);
    const pixels = patch();
    const products = pixels.map((pixel, i) => pixel * kernel[i]);
    const heaviest = Math.max(...kernel.map(Math.abs));
    tables[0].fill(pixels, 1, "ink");
    tables[1].fill(kernel, heaviest);
    tables[2].fill(products, heaviest);
    const total = products.reduce((so, product) => so + product, 0);
    const pooledAt = [row >> 1, column >> 1];
    const largest = layers.pooled[filter * 144 + pooledAt[0] * 12 + pooledAt[1]];
    const words =
      `Filter ${filter + 1}, row ${row + 1}, column ${column + 1}: the 25 products add up to ${number(total)}; ` +
      `the filter's bias ${number(network.convBias[filter])} makes it ${number(value("conv", row, column))}. ` +
      `relu leaves ${number(value("relu", row, column))}. The largest of its four is ${number(largest)}.`;
    write(sum, words);
    const [input, conv, relu, pooled] = plates.map(({ plate }) => plate);
    input.point(0, row + 2, column + 2, 5, 5, 2);
    conv.point(0, row, column);
    relu.point(0, row, column);
    pooled.point(0, ...pooledAt);
  }

  return {
    box,
    show(newNetwork, newLayers, newColours) {
      [network, layers, colours] = [newNetwork, newLayers, newColours];
      if (!pointed && patch().every((pixel) => pixel === 0)) at = strongest(layers.conv);
      paint();
      explain();
    },
    chooseFilter(filter) {
      at = { ...at, filter };
      pointed = true;
      paint();
      explain();
    },
    filter: () => at.filter,
  };
}

// Where to look first: at the largest number of all maps.
function strongest(maps) {
  const best = maps.reduce((most, value, i) => (value > maps[most] ? i : most), 0);
  return { filter: Math.floor(best / 576), row: Math.floor((best % 576) / 24), column: best % 24 };
}

const sign = (text) => element("span", { className: "digit-pad__sign", textContent: text });

// A table of 5 x 5 numbers, the cells tinted by their values: the style sheet mixes the colours.
function grid(name) {
  const cells = Array.from({ length: 25 }, () => element("td"));
  const body = element("tbody");
  for (let row = 0; row < 5; row++)
    body.append(element("tr", {}, ...cells.slice(row * 5, row * 5 + 5)));
  const table = element("table", {}, element("caption", { textContent: name }), body);
  let filled = { values: [], strongest: 0 };
  function fill(values, strongest, ink) {
    cells.forEach((cell, i) => {
      if (values[i] === filled.values[i] && strongest === filled.strongest) return;
      write(cell, number(values[i]));
      cell.className = `digit-pad__${ink ?? (values[i] < 0 ? "negative" : "positive")}`;
      const share = strongest > 0 ? Math.round((45 * Math.abs(values[i])) / strongest) : 0;
      cell.style.setProperty("--share", `${share}%`);
    });
    filled = { values: values.slice(), strongest };
  }
  return { table, fill };
}
