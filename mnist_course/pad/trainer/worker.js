import { imagesThatFit } from "./settings.js";
import { trainingRun } from "./training_run.js";

// Training runs in a worker, a thread of its own, so that the page stays responsive. The page sends
// { type: "start", settings, training, heldOut, start }, then "run", "pause" and "step".

const REPORT_EVERY = 150; // ms
const MEASURED = 400; // ms of steps before a run, to say how long it takes

let run = null;
let settings = null;
let running = false;
let unreported = []; // losses since the last report
let lastReport = 0;

// After each step the worker takes messages; a timer would wait 4 ms each time.
const next = new MessageChannel();
next.port1.onmessage = () => {
  if (!running) return;
  step();
  if (running) next.port2.postMessage(null);
};

const receive = {
  start({ settings: chosen, training, heldOut, start }) {
    const secondsPerStep = measureStep(trainingRun(chosen, training, heldOut, start));
    settings = { ...chosen, images: imagesThatFit(chosen, secondsPerStep) };
    run = trainingRun(settings, training, heldOut, start);
    const images = Math.min(settings.images, training.labels.length);
    const seconds = settings.epochs * Math.ceil(images / settings.batch) * secondsPerStep;
    postMessage({ type: "ready", images: settings.images, seconds });
    report();
  },
  run() {
    running = true;
    next.port2.postMessage(null);
  },
  pause() {
    running = false;
    report();
  },
  step() {
    running = false;
    step();
    report();
  },
};
onmessage = ({ data }) => receive[data.type](data);

// Returns the seconds of the fastest step: the first ones are slower, until the code is compiled.
function measureStep(trial) {
  const end = performance.now() + MEASURED;
  let fastest = Infinity;
  while (performance.now() < end) {
    const start = performance.now();
    trial.step();
    fastest = Math.min(fastest, performance.now() - start);
  }
  return fastest / 1000;
}

function step() {
  const { at, loss, finished } = run.step();
  unreported.push({ at, loss });
  if (finished) {
    report();
    postMessage({ type: "epoch", ...finished, ...run.evaluate() });
    if (finished.number % settings.epochs === 0) {
      running = false;
      postMessage({ type: "done" });
    }
  } else if (performance.now() - lastReport > REPORT_EVERY) report();
}

function report() {
  lastReport = performance.now();
  postMessage({ type: "progress", losses: unreported, weights: run.weights });
  unreported = [];
}
