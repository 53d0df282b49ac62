import { element, formatNumber, onThemeChange, setText, themeColours } from "../dom.js";
import { withKernels } from "../network.js";
import { mountPad } from "../pad.js";
import { forPad, samplesOf } from "./for_pad.js";
import { newHistory, runViews } from "./run_views.js";
import { DEFAULTS, describe, duration, SETTINGS } from "./settings.js";
import { settingsForm } from "./settings_form.js";
import { startWorker } from "./start_worker.js";

// "Watch it learn", in the book and in notebooks: a worker trains the network, this module shows it.

const FIRST_DIGIT = 4; // followed at the start
const ANNOUNCE_EVERY = 5000; // ms between announcements to screen readers
// Whoever asks for less motion sees the network change at the end of an epoch, not at each report.
const lessMotion = matchMedia("(prefers-reduced-motion: reduce)");

// `load()` resolves to { code, training, heldOut, start }: the worker's code, the digits and, unless the
// weights start at random, the first weights. `offered`: the settings that have a control. `chosen`:
// the settings at the start. `onSettings(settings)` is called when the reader chooses, and
// `onWeights(weights, epochs)` at the end of an epoch and when the run pauses.
export function mountTraining(
  root,
  {
    load,
    missing, // what to do if the digits cannot be loaded
    lessonLink = () => null,
    offered = SETTINGS,
    chosen = DEFAULTS,
    onSettings = () => {},
    onWeights = () => {},
  },
) {
  const state = { worker: null, data: null, running: false, hidden: false, before: null };
  let history = null;
  let weights = null;
  let settings = null; // of the run
  let lastMisread = null;
  let announced = 0;
  let plan = ""; // how long the run takes

  const button = (text, press) =>
    element("button", { type: "button", textContent: text, onclick: press });
  const train = button("Train", toggle);
  const oneStep = button("Step", () => withRun(step));
  const restart = button("Start again", startAgain);
  const buttons = element("div", { className: "watch-it-learn__buttons" }, train, oneStep, restart);
  const text = element("p", { className: "watch-it-learn__state" });
  const status = element("p", { className: "digit-pad__status", role: "status" });
  const views = runViews();
  const form = settingsForm(offered, lessonLink, changeSettings);
  const padRoot = element("div");
  const below = element(
    "div",
    { className: "watch-it-learn__below" },
    element("section", {}, element("h2", { textContent: "The network in training" }), padRoot),
    element("section", {}, element("h2", { textContent: "Its filters" }), views.kernels),
    element("section", {}, element("h2", { textContent: "What it misreads" }), views.misread),
  );
  root.classList.add("digit-pad", "watch-it-learn");
  root.replaceChildren(form.form, buttons, text, views.box, below, status);
  const pad = mountPad(padRoot, {
    showLayers: false,
    waiting: "No network yet: press Train.",
  });
  form.show(chosen);
  clearRun();

  function changeSettings(settings) {
    onSettings(settings);
    startAgain();
  }

  // A new run begins with the next step; the run so far stays on the curves as the one before.
  function startAgain() {
    stopWorker();
    if (history?.losses.length) state.before = history;
    clearRun();
  }

  function clearRun() {
    settings = form.read();
    history = newHistory(describe(settings), settings.epochs);
    views.showCurves([history, state.before]);
    setState(`Ready: ${history.name}.`);
  }

  function stopWorker() {
    state.worker?.terminate();
    state.worker = null;
    setRunning(false);
  }

  function setRunning(running) {
    state.running = running;
    setText(train, running ? "Pause" : "Train");
  }

  function setState(message) {
    setText(text, message);
    root.dataset.state = state.running ? "training" : state.worker ? "paused" : "ready";
  }

  function toggle() {
    if (state.running) pause();
    else withRun(resume);
  }

  function pause() {
    setRunning(false);
    state.worker?.postMessage({ type: "pause" });
    setState("Paused.");
  }

  function resume() {
    setRunning(true);
    state.worker.postMessage({ type: "run" });
    if (history.epochs.length && history.epochs.length === history.shown)
      history.shown += settings.epochs;
    setState("Training.");
  }

  function step() {
    setRunning(false);
    state.worker.postMessage({ type: "step" });
    setState("One step.");
  }

  // Starts a worker with a new run if there is none, then calls `action`.
  async function withRun(action) {
    if (state.worker) return action();
    train.disabled = oneStep.disabled = restart.disabled = true;
    try {
      setState("Loading the digits.");
      state.data ??= await load();
      pad.setSamples(samplesOf(state.data.heldOut));
      state.worker = startWorker(state.data.code);
      setState("Measuring how long a step takes.");
      await startRun();
      action();
    } catch (error) {
      stopWorker();
      setState(`The training could not start (${error.message}). ${missing}`);
      setText(status, text.textContent);
    } finally {
      train.disabled = oneStep.disabled = restart.disabled = false;
    }
  }

  function startRun() {
    const { worker, data } = state;
    const ready = new Promise((resolve, reject) => {
      worker.onmessage = ({ data: message }) => {
        receive[message.type](message);
        if (message.type === "ready") resolve();
      };
      worker.onerror = (event) => reject(new Error(event.message));
    });
    const { training, heldOut, start } = data;
    worker.postMessage({ type: "start", settings, training, heldOut, start });
    return ready;
  }

  const receive = {
    ready({ images, seconds }) {
      const fewer = images < settings.images ? ` This device is slow, so it trains on ${images.toLocaleString("en")} digits.` : "";
      plan = `${epochCount(settings.epochs)} will take about ${duration(seconds)}.${fewer}`;
      announce(plan, true);
      setState(plan);
    },
    progress({ losses, weights: newWeights }) {
      weights = newWeights;
      history.losses.push(...losses.map(({ at, loss }) => [at, loss]));
      const shown = !lessMotion.matches || !state.running || !losses.length;
      if (shown) showNetwork();
      if (!state.running && history.losses.length) onWeights(weights, history.epochs);
      const last = losses.at(-1);
      if (!last) return;
      if (shown) views.showCurves([history, state.before]);
      setState(`${state.running ? "Training" : "Paused"}: epoch ${Math.ceil(last.at)}, step ${history.losses.length.toLocaleString("en")}, loss ${formatNumber(last.loss, 3)}. ${plan}`);
    },
    epoch({ misread, ...epoch }) {
      history.epochs.push(epoch);
      onWeights(weights, history.epochs);
      lastMisread = misread;
      showNetwork();
      views.showCurves([history, state.before]);
      views.showMisread(misread, state.data.heldOut, themeColours(root));
      announce(`Epoch ${epoch.number}: loss ${formatNumber(epoch.loss, 3)}, ${formatNumber(epoch.heldOutError, 1)} % of the held-out digits are misread.`);
    },
    done() {
      setRunning(false);
      const { number, heldOutError } = history.epochs.at(-1);
      setState(`${epochCount(number)} done: ${formatNumber(heldOutError, 1)} % of the held-out digits are misread.`);
      announce(text.textContent, true);
    },
  };

  function announce(message, always = false) {
    if (!always && performance.now() - announced < ANNOUNCE_EVERY) return;
    announced = performance.now();
    setText(status, message);
  }

  function showNetwork() {
    const network = withKernels(forPad(weights, settings));
    views.showKernels(network.kernels, themeColours(root));
    pad.updateNetwork(network);
    if (pad.isEmpty()) {
      const { labels } = state.data.heldOut;
      pad.showSampleOf(labels.includes(FIRST_DIGIT) ? FIRST_DIGIT : labels[0]);
    }
  }

  const stopThemes = onThemeChange(() => {
    if (weights) showNetwork();
    if (lastMisread) views.showMisread(lastMisread, state.data.heldOut, themeColours(root));
  });
  // A hidden tab pauses; a page that is left stops.
  function pauseHidden() {
    if (document.hidden && state.running) {
      state.hidden = true;
      pause();
    } else if (!document.hidden && state.hidden) {
      state.hidden = false;
      if (state.worker) resume();
    }
  }
  document.addEventListener("visibilitychange", pauseHidden);
  addEventListener("pagehide", stopWorker);

  return {
    choose(settings) {
      form.show(settings);
      changeSettings(settings);
      root.scrollIntoView();
      train.focus({ preventScroll: true });
    },
    destroy() {
      stopWorker();
      stopThemes();
      pad.destroy();
      document.removeEventListener("visibilitychange", pauseHidden);
      removeEventListener("pagehide", stopWorker);
    },
  };
}

const epochCount = (number) => `${number} ${number === 1 ? "epoch" : "epochs"}`;
