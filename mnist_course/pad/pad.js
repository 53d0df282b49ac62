import { CANVAS_SIZE, drawingCanvas } from "./canvas.js";
import { element, onThemeChange, themeColours } from "./dom.js";
import { heatmap } from "./heatmap.js";
import { inputWarnings } from "./input_warnings.js";
import { layerViews } from "./layer_views.js";
import { embedSamples, neighbours } from "./neighbours.js";
import { forward, toPixels } from "./network.js";
import { occlusion } from "./occlusion.js";
import { predictionText, probabilityBars } from "./prediction.js";
import { prepare } from "./prepare.js";

// The digit pad: a canvas, the network's prediction and, with `showLayers`, all activations.

// `showLayers`: show every layer, not the prediction alone. `waiting`: shown until there is a network.
// `onImage(image)` is called with each new 28 x 28 image, all 0 if the canvas is empty.
export function mountPad(
  root,
  {
    showLayers = true,
    waiting = "Loading the network.",
    lessonLink = () => null,
    onImage = () => {},
  } = {},
) {
  let [network, samples, embed] = [null, null, null];
  let shown = null; // an image on the canvas that was not drawn there: { image, label }
  let drawing = emptyDrawing();
  let frame = 0; // the requested animation frame that will show the latest stroke
  const next = Array(11).fill(0); // the next sample of each digit; 10 counts the hard examples

  const canvas = drawingCanvas({
    inkColour: () => `rgb(${themeColours(root).ink.join(" ")})`,
    onChange: requestRead,
    onStrokeEnd: finishStroke,
  });
  canvas.element.setAttribute("aria-label", "Canvas: draw a digit with mouse, finger or pen");
  const input = heatmap({ size: 28, label: "the input of the network, 28 by 28 pixels" });
  const prediction = element("p", {
    className: "digit-pad__prediction",
    textContent: waiting,
  });
  const status = element("p", { className: "digit-pad__status", role: "status" });
  const warnings = element("p", { className: "digit-pad__warnings" });
  const bars = probabilityBars("Probability of each digit");
  const button = (text, name, press) => {
    const made = element("button", { type: "button", textContent: text, onclick: press });
    if (name) made.setAttribute("aria-label", name);
    return made;
  };
  const buttons = element("div", { className: "digit-pad__buttons" });
  buttons.append(button("Undo", "", undo), button("Clear", "", clear));
  const choices = element("div", {
    className: "digit-pad__samples",
    role: "group",
    "aria-label": "Sample digits",
    hidden: true,
  });
  choices.append(element("span", { textContent: "Or choose a sample digit:" }));
  for (let digit = 0; digit < 10; digit++)
    choices.append(button(digit, `Sample ${digit}`, () => showSampleOf(digit)));
  choices.append(button("a hard one", "", showHardSample));

  const left = element("div", {}, canvas.element, buttons);
  const middle = element(
    "figure",
    {},
    input.box,
    element("figcaption", { textContent: "input of the network: 28×28" }),
  );
  const right = element("div", {}, prediction, bars.list);
  const overview = element("div", { className: "digit-pad__overview" }, left, middle, right);
  const body = element("div", { className: "digit-pad__body" });
  root.classList.add("digit-pad");
  root.replaceChildren(overview, warnings, choices, body, status);

  const views = showLayers
    ? { layers: layerViews(lessonLink), occlusion: occlusion(), neighbours: neighbours() }
    : null;

  function currentImage() {
    return shown?.image ?? drawing.prepared?.image ?? new Uint8Array(784);
  }

  function requestRead() {
    shown = null;
    if (!frame) frame = requestAnimationFrame(readDrawing);
  }

  function readDrawing() {
    frame = 0;
    const ink = canvas.ink();
    drawing = { ink, size: CANVAS_SIZE, prepared: prepare(ink, CANVAS_SIZE) };
    update();
  }

  // All views are computed from the current image.
  function update() {
    const colours = themeColours(root);
    const image = currentImage();
    const inked = image.some((value) => value > 0);
    input.paint(image, { ink: colours.ink }, 255);
    warnings.textContent = shown
      ? ""
      : inputWarnings(drawing.ink, CANVAS_SIZE, drawing.prepared, canvas.leftCanvas());
    if (!network) return;
    const activations = forward(network, toPixels(image));
    bars.show(inked ? activations.probabilities : null);
    prediction.textContent = inked
      ? predictionText(activations.probabilities, shown?.label)
      : "No prediction yet.";
    if (!views) return;
    views.layers.show(network, activations, colours, drawing);
    views.occlusion.show(network, activations, colours);
    views.neighbours.show(activations, colours, samples, embed);
  }

  // For screen readers, at the end of a stroke and not at every pointer event.
  function announce() {
    if (frame) {
      cancelAnimationFrame(frame);
      readDrawing();
    }
    status.textContent = `${prediction.textContent} ${warnings.textContent}`;
  }

  function undo() {
    shown = null;
    canvas.undo();
    readDrawing();
    finishStroke();
  }

  function clear() {
    shown = null;
    canvas.clear();
    readDrawing();
    finishStroke();
  }

  function finishStroke() {
    announce();
    onImage(currentImage());
  }

  function showImage(image, label = null) {
    canvas.showImage(image);
    drawing = emptyDrawing();
    shown = { image, label };
    update();
    announce();
  }

  function showSampleOf(digit) {
    const members = [...samples.labels.keys()].filter((i) => samples.labels[i] === digit);
    showSample(members[next[digit]++ % members.length]);
  }

  async function showHardSample() {
    const before = [shown, drawing];
    const { labelProbability } = await embed((i) => {
      prediction.textContent = `Reading sample digit ${i} of ${samples.images.length}`;
    });
    // A drawing made in the meantime is kept.
    if (before[0] !== shown || before[1] !== drawing) return;
    const hardest = [...labelProbability.keys()]
      .sort((a, b) => labelProbability[a] - labelProbability[b])
      .slice(0, 20);
    showSample(hardest[next[10]++ % hardest.length]);
  }

  function showSample(i) {
    showImage(samples.images[i], samples.labels[i]);
    onImage(samples.images[i]);
  }

  function updateColours() {
    canvas.redraw();
    if (shown) canvas.showImage(shown.image);
    update();
  }

  function resetEmbeddings() {
    embed = network && samples ? embedSamples(network, samples) : null;
    choices.hidden = !embed;
  }

  const stop = onThemeChange(updateColours);
  update();

  return {
    // A network in training changes often: its prediction is shown, not announced.
    updateNetwork(newNetwork) {
      network = newNetwork;
      resetEmbeddings();
      update();
    },
    setNetwork(newNetwork) {
      network = newNetwork;
      resetEmbeddings();
      if (views) body.replaceChildren(views.layers.list, views.occlusion.box, views.neighbours.box);
      update();
      announce();
    },
    // `images`: arrays of 784 numbers from 0 to 255; `labels`: their digits.
    setSamples(newSamples) {
      samples = newSamples;
      resetEmbeddings();
      update();
    },
    showImage,
    showSampleOf,
    isEmpty: () => !shown && canvas.isEmpty(),
    showError(message, retry) {
      prediction.textContent = message;
      status.textContent = message;
      if (retry) prediction.append(" ", button("Try again", "", retry));
    },
    image: currentImage,
    destroy: stop,
  };
}

function emptyDrawing() {
  return { ink: new Uint8Array(CANVAS_SIZE * CANVAS_SIZE), size: CANVAS_SIZE, prepared: null };
}
