import { element, formatNumber, percent } from "../dom.js";
import { heatmap } from "../heatmap.js";
import { curves } from "./curves.js";

// What a run shows: curves, a table of its epochs, the 32 filters, the digits that it misreads.

const LOSS_TICKS = [0.01, 0.1, 1, 10, 100];
const ERROR_TICKS = [0, 20, 40, 60, 80, 100];
const MISREAD = 40; // digits shown

const withCaption = (view, caption) =>
  element("figure", {}, view, element("figcaption", { textContent: caption }));

export function runViews() {
  const loss = curves({ label: "Loss", unit: "", ticks: LOSS_TICKS, logarithmic: true });
  const error = curves({ label: "Error", unit: " %", ticks: ERROR_TICKS });
  const legend = element("p", { className: "watch-it-learn__legend" });
  const table = epochTable();
  const charts = element(
    "div",
    { className: "watch-it-learn__charts" },
    withCaption(loss.svg, "Loss: of each step (thin) and mean of each epoch (thick)"),
    withCaption(error.svg, "Error: training digits (thin) and held-out digits (thick)"),
  );
  const kernels = heatmap({ size: 5, count: 32, columns: 8, gap: 1, label: "the 32 filters" });
  const misread = misreadDigits();
  const box = element("div", {}, charts, legend, table.box);

  // `runs`: the current run and the one before, or null; see `newHistory`.
  function showCurves([current, before]) {
    const epochs = Math.max(current.shown, before?.epochs.length ?? 0);
    loss.show([...lossSeries(before, "before"), ...lossSeries(current, "current")], epochs);
    error.show([...errorSeries(before, "before"), ...errorSeries(current, "current")], epochs);
    legend.replaceChildren(legendItem("current", `This run: ${current.name}`));
    if (before) legend.append(" ", legendItem("before", `Run before: ${before.name}`));
    table.show(current.epochs);
    const last = current.epochs.at(-1);
    if (!last) return;
    loss.setLabel(`Loss over ${last.number} epochs, now ${formatNumber(last.loss, 3)}`);
    error.setLabel(`Error over ${last.number} epochs: held-out digits ${formatNumber(last.heldOutError, 1)} %`);
  }

  return {
    box,
    kernels: withCaption(kernels.box, "The 32 filters: blue positive, orange negative"),
    misread: misread.box,
    showCurves,
    showKernels: (values, { positive, negative }) => kernels.paint(values, { positive, negative }),
    showMisread: misread.show,
  };
}

// The record of a run: what its curves are drawn from. `shown`: epochs along the axis.
export function newHistory(name, epochs) {
  return { name, shown: epochs, losses: [], epochs: [] };
}

function lossSeries(run, kind) {
  if (!run) return [];
  return [
    { points: run.losses, kind: `${kind} watch-it-learn__thin` },
    { points: run.epochs.map(({ number, loss }) => [number - 0.5, loss]), kind },
  ];
}

function errorSeries(run, kind) {
  if (!run) return [];
  const of = (name) => run.epochs.map((epoch) => [epoch.number, epoch[name]]);
  return [
    { points: of("trainingError"), kind: `${kind} watch-it-learn__thin` },
    { points: of("heldOutError"), kind },
  ];
}

const legendItem = (kind, text) =>
  element("span", { className: `watch-it-learn__key watch-it-learn__key-${kind}`, textContent: text });

function epochTable() {
  const head = ["Epoch", "Loss", "Training error", "Held-out error"];
  const cells = head.map((textContent) => element("th", { textContent, scope: "col" }));
  const body = element("tbody");
  const table = element("table", {}, element("thead", {}, element("tr", {}, ...cells)), body);
  const box = element("div", { className: "watch-it-learn__table", tabIndex: 0, role: "group" }, table);
  box.setAttribute("aria-label", "The epochs of this run");
  function show(epochs) {
    while (body.rows.length > epochs.length) body.lastChild.remove();
    for (const { number, loss, trainingError, heldOutError } of epochs.slice(body.rows.length)) {
      const texts = [number, formatNumber(loss, 4), `${formatNumber(trainingError, 1)} %`];
      texts.push(`${formatNumber(heldOutError, 1)} %`);
      body.append(element("tr", {}, ...texts.map((text) => element("td", { textContent: text }))));
    }
  }
  return { box, show };
}

function misreadDigits() {
  const text = element("p", { textContent: "The digits that it misreads appear after an epoch." });
  const list = element("ul", { className: "watch-it-learn__misread" });
  const scrolled = element("div", { className: "watch-it-learn__misread-box", tabIndex: 0, role: "group" }, list);
  scrolled.setAttribute("aria-label", "The misread digits");
  const box = element("div", {}, text, scrolled);
  // `misread`: { index, predicted } of each; `heldOut`: all held-out digits.
  function show(misread, heldOut, colours) {
    const { images, labels } = heldOut;
    text.textContent = `${misread.length} of ${labels.length.toLocaleString("en")} held-out digits are misread (${percent(misread.length / labels.length)}).`;
    if (misread.length > MISREAD) text.textContent += ` These are the first ${MISREAD}.`;
    list.replaceChildren(
      ...misread.slice(0, MISREAD).map(({ index, predicted }) => {
        const map = heatmap({ size: 28, label: `a ${labels[index]}, read as ${predicted}` });
        map.paint(images.subarray(index * 784, (index + 1) * 784), { ink: colours.ink }, 255);
        const caption = element("span", { "aria-hidden": "true", textContent: `${labels[index]} → ${predicted}` });
        return element("li", {}, map.box, caption);
      }),
    );
  }
  return { box, show };
}
