import { element, formatNumber, setText } from "./dom.js";
import { heatmap } from "./heatmap.js";

// One filter in detail: point at any cell, and the calculation of its value is shown below.

const MAPS = [
  ["input", 28, "the image"],
  ["conv", 24, "sums"],
  ["relu", 24, "feature map"],
  ["pooled", 12, "pooled"],
];

export function filterView() {
  let [network, activations, colours] = [null, null, null];
  let at = { filter: 0, row: 11, column: 11 }; // a place of the sums
  let chosen = false; // true once the reader chose a cell; before, a cell with a large value is shown

  const maps = MAPS.map(([name, size, title]) => {
    const map = heatmap({
      size,
      label: title,
      onPoint: (_, row, column) => chooseCell(name, row, column),
    });
    const caption = element("figcaption", { textContent: `${title}, ${size}×${size}` });
    return { name, size, title, map, figure: element("figure", {}, map.box, caption) };
  });
  const tables = ["patch", "kernel", "products"].map(numberTable);
  const sum = element("p", { className: "digit-pad__sum", "aria-live": "polite" });
  const arithmetic = element("div", { className: "digit-pad__arithmetic" });
  arithmetic.append(tables[0].table, operator("×"), tables[1].table, operator("="));
  arithmetic.append(tables[2].table);
  const row = element("div", { className: "digit-pad__maps" }, ...maps.map(({ figure }) => figure));
  const box = element("div", {}, row, arithmetic, sum);

  function chooseCell(name, row, column) {
    const clamp = (value) => Math.max(0, Math.min(23, value));
    if (name === "input") [row, column] = [clamp(row - 2), clamp(column - 2)];
    if (name === "pooled") [row, column] = argmaxOfWindow(row, column);
    at = { ...at, row, column };
    chosen = true;
    explain();
  }

  // The place of the sums whose value a pooled cell takes.
  function argmaxOfWindow(row, column) {
    const window = [0, 1, 2, 3].map((i) => [2 * row + (i >> 1), 2 * column + (i & 1)]);
    return window.reduce((best, cell) =>
      value("conv", ...cell) > value("conv", ...best) ? cell : best,
    );
  }

  const value = (name, row, column) => activations[name][at.filter * 576 + row * 24 + column];

  // The 25 pixels below the kernel.
  function patch() {
    return Float32Array.from({ length: 25 }, (_, i) => {
      return activations.input[(at.row + Math.floor(i / 5)) * 28 + at.column + (i % 5)];
    });
  }

  function paint() {
    const { ink, positive, negative } = colours;
    for (const { name, size, title, map } of maps) {
      const area = size * size;
      const all = activations[name];
      const part = name === "input" ? all : all.subarray(at.filter * area, (at.filter + 1) * area);
      map.paint(part, name === "input" ? { ink } : { positive, negative });
      const label = name === "input" ? title : `${title} of filter ${at.filter + 1}`;
      map.setLabel(`${label}, ${size} by ${size} cells: arrow keys move from cell to cell`);
    }
  }

  function explain() {
    const { filter, row, column } = at;
    const kernel = network.kernels.subarray(filter * 25, filter * 25 + 25);
    const pixels = patch();
    const products = pixels.map((pixel, i) => pixel * kernel[i]);
    const largestWeight = Math.max(...kernel.map(Math.abs));
    tables[0].fill(pixels, 1, "ink");
    tables[1].fill(kernel, largestWeight);
    tables[2].fill(products, largestWeight);
    const total = products.reduce((partial, product) => partial + product, 0);
    const pooledAt = [row >> 1, column >> 1];
    const largest = activations.pooled[filter * 144 + pooledAt[0] * 12 + pooledAt[1]];
    const text =
      `Filter ${filter + 1}, row ${row + 1}, column ${column + 1}: the 25 products add up to ${formatNumber(total)}; ` +
      `with the filter's bias of ${formatNumber(network.convBias[filter])} this is ${formatNumber(value("conv", row, column))}. ` +
      `After relu it is ${formatNumber(value("relu", row, column))}. The largest of its pooling window is ${formatNumber(largest)}.`;
    setText(sum, text);
    const [input, conv, relu, pooled] = maps.map(({ map }) => map);
    input.mark(0, row + 2, column + 2, 5, 5, 2);
    conv.mark(0, row, column);
    relu.mark(0, row, column);
    pooled.mark(0, ...pooledAt);
  }

  return {
    box,
    show(newNetwork, newActivations, newColours) {
      [network, activations, colours] = [newNetwork, newActivations, newColours];
      if (!chosen && patch().every((pixel) => pixel === 0)) at = argmax(activations.conv);
      paint();
      explain();
    },
    chooseFilter(filter) {
      at = { ...at, filter };
      chosen = true;
      paint();
      explain();
    },
    filter: () => at.filter,
  };
}

// The cell with the largest sum of all filters.
function argmax(maps) {
  const best = maps.reduce((most, value, i) => (value > maps[most] ? i : most), 0);
  return { filter: Math.floor(best / 576), row: Math.floor((best % 576) / 24), column: best % 24 };
}

const operator = (text) => element("span", { className: "digit-pad__operator", textContent: text });

// A table of 5 x 5 numbers, the cells tinted by their values: the style sheet mixes the colours.
function numberTable(name) {
  const cells = Array.from({ length: 25 }, () => element("td"));
  const body = element("tbody");
  for (let row = 0; row < 5; row++)
    body.append(element("tr", {}, ...cells.slice(row * 5, row * 5 + 5)));
  const table = element("table", {}, element("caption", { textContent: name }), body);
  let filled = { values: [], limit: 0 };
  function fill(values, limit, ink) {
    cells.forEach((cell, i) => {
      if (values[i] === filled.values[i] && limit === filled.limit) return;
      setText(cell, formatNumber(values[i]));
      cell.className = `digit-pad__${ink ?? (values[i] < 0 ? "negative" : "positive")}`;
      const share = limit > 0 ? Math.round((45 * Math.abs(values[i])) / limit) : 0;
      cell.style.setProperty("--share", `${share}%`);
    });
    filled = { values: values.slice(), limit };
  }
  return { table, fill };
}
