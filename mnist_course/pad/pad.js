import { cover } from "./cover.js";
import { doubt } from "./doubts.js";
import { element, themeColours, whenThemeChanges } from "./elements.js";
import { forward, toPixels } from "./network.js";
import { neighbours, survey } from "./neighbours.js";
import { paper, PAPER } from "./paper.js";
import { prepare } from "./prepare.js";
import { stages } from "./stages.js";
import { tiles } from "./tiles.js";
import { bars, verdict } from "./verdict.js";

// The digit pad: paper, what the network makes of it, and on request every number on the way.

// `whole`: show every layer, not the answer alone. `onImage(image)` hears of each new 28 x 28 image,
// all 0 where there is no ink.
export function mountPad(
  root,
  { whole = true, chapterLink = () => null, onImage = () => {} } = {},
) {
  let [network, samples, look] = [null, null, null];
  let chosen = null; // a ready digit that lies on the paper: { image, label }
  let drawing = { ink: new Uint8Array(PAPER * PAPER), size: PAPER, prepared: null };
  let waiting = 0; // the animation frame that will show the latest stroke
  const next = Array(11).fill(0); // which sample of each digit comes next; 10 counts the hard ones

  const sheet = paper({
    shade: () => `rgb(${themeColours(root).ink.join(" ")})`,
    onChange: draw,
    onLift: settle,
  });
  sheet.canvas.setAttribute("aria-label", "Paper to draw a digit on with mouse, finger or pen");
  const seen = tiles({ size: 28, label: "what the network sees, 28 by 28 pixels" });
  const answer = element("p", {
    className: "digit-pad__answer",
    textContent: "The network is on its way.",
  });
  const heard = element("p", { className: "digit-pad__heard", role: "status" });
  const doubts = element("p", { className: "digit-pad__doubt" });
  const odds = bars("Probability of each digit");
  const button = (text, name, press) => {
    const made = element("button", { type: "button", textContent: text, onclick: press });
    if (name) made.setAttribute("aria-label", name);
    return made;
  };
  const tools = element("div", { className: "digit-pad__tools" });
  tools.append(button("Undo", "", undo), button("Clear", "", clear));
  const choices = element("div", {
    className: "digit-pad__samples",
    role: "group",
    "aria-label": "Sample digits",
    hidden: true,
  });
  choices.append(element("span", { textContent: "Or take a real one:" }));
  for (let digit = 0; digit < 10; digit++)
    choices.append(button(digit, `Sample ${digit}`, () => takeSample(digit)));
  choices.append(button("a hard one", "", takeHardOne));

  const left = element("div", {}, sheet.canvas, tools);
  const middle = element(
    "figure",
    {},
    seen.box,
    element("figcaption", { textContent: "what the network sees: 28×28" }),
  );
  const right = element("div", { className: "digit-pad__said" }, answer, odds.list);
  const desk = element("div", { className: "digit-pad__desk" }, left, middle, right);
  const body = element("div", { className: "digit-pad__body" });
  root.classList.add("digit-pad");
  root.replaceChildren(desk, doubts, choices, body, heard);

  const views = whole
    ? { stages: stages(chapterLink), cover: cover(), neighbours: neighbours() }
    : null;

  function currentImage() {
    return chosen?.image ?? drawing.prepared?.image ?? new Uint8Array(784);
  }

  function draw() {
    chosen = null;
    if (!waiting) waiting = requestAnimationFrame(readDrawing);
  }

  function readDrawing() {
    waiting = 0;
    const ink = sheet.ink();
    drawing = { ink, size: PAPER, prepared: prepare(ink, PAPER) };
    show();
  }

  // Everything that is seen follows from the image on the paper.
  function show() {
    const colours = themeColours(root);
    const image = currentImage();
    const inked = image.some((value) => value > 0);
    seen.paint(image, { ink: colours.ink }, 255);
    doubts.textContent = chosen
      ? ""
      : doubt(drawing.ink, PAPER, drawing.prepared, sheet.leftPaper());
    if (!network) return;
    const layers = forward(network, toPixels(image));
    odds.show(inked ? layers.probabilities : null);
    answer.textContent = inked
      ? verdict(layers.probabilities, chosen?.label)
      : "Nothing to read yet.";
    if (!views) return;
    views.stages.show(network, layers, colours, drawing);
    views.cover.show(network, layers, colours);
    views.neighbours.show(layers, colours, samples, look);
  }

  // Said aloud when the hand rests, not at every move of it.
  function say() {
    if (waiting) {
      cancelAnimationFrame(waiting);
      readDrawing();
    }
    heard.textContent = `${answer.textContent} ${doubts.textContent}`;
  }

  function undo() {
    chosen = null;
    sheet.undo();
    readDrawing();
    settle();
  }

  function clear() {
    chosen = null;
    sheet.clear();
    readDrawing();
    settle();
  }

  // The hand rests: the image on the paper is what is meant.
  function settle() {
    say();
    onImage(currentImage());
  }

  function putDown(image, label = null) {
    sheet.showImage(image);
    drawing = { ink: new Uint8Array(PAPER * PAPER), size: PAPER, prepared: null };
    chosen = { image, label };
    show();
    say();
  }

  function takeSample(digit) {
    const members = [...samples.labels.keys()].filter((i) => samples.labels[i] === digit);
    takeUp(members[next[digit]++ % members.length]);
  }

  async function takeHardOne() {
    const before = [chosen, drawing];
    const { likelihood } = await look((i) => {
      answer.textContent = `Reading sample digit ${i} of ${samples.images.length}`;
    });
    // Whoever went on drawing meanwhile keeps the drawing.
    if (before[0] !== chosen || before[1] !== drawing) return;
    const hardest = [...likelihood.keys()]
      .sort((a, b) => likelihood[a] - likelihood[b])
      .slice(0, 20);
    takeUp(hardest[next[10]++ % hardest.length]);
  }

  function takeUp(i) {
    putDown(samples.images[i], samples.labels[i]);
    onImage(samples.images[i]);
  }

  function recolour() {
    sheet.redraw();
    if (chosen) sheet.showImage(chosen.image);
    show();
  }

  function resurvey() {
    look = network && samples ? survey(network, samples) : null;
    choices.hidden = !look;
  }

  const stop = whenThemeChanges(recolour);
  show();

  return {
    receiveNetwork(received) {
      network = received;
      resurvey();
      if (views) body.replaceChildren(views.stages.list, views.cover.box, views.neighbours.box);
      show();
      say();
    },
    // `images`: arrays of 784 numbers from 0 to 255; `labels`: their digits.
    receiveSamples(received) {
      samples = received;
      resurvey();
      show();
    },
    showImage: putDown,
    takeSample,
    isUntouched: () => !chosen && sheet.isEmpty(),
    fail(words, retry) {
      answer.textContent = words;
      heard.textContent = words;
      if (retry) answer.append(" ", button("Try again", "", retry));
    },
    image: currentImage,
    destroy: stop,
  };
}
