import { inflate, readNetwork } from "./network.js";
import { mountPad } from "./pad.js";

// The pad in the book, one in each element of class "digit-pad". The weights are loaded as scripts,
// because a page opened from disk cannot load other files.

const FOLDER = new URL(".", document.currentScript.src);
const loaded = {};

// Called by the data scripts, which the book's build writes (book/_ext/pad.py).
window.mnistCoursePad = (name, data) => (loaded[name] = data);

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

function load(name) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(`${name}.js`, FOLDER);
    script.onload = () =>
      loaded[name] ? resolve(loaded[name]) : reject(new Error(`${name}.js is damaged`));
    script.onerror = () => reject(new Error(`${name}.js is missing or cannot be read`));
    document.head.append(script);
  });
}

async function loadNetwork() {
  const { data } = await load("weights");
  return readNetwork(await inflate(bytes(data)));
}

async function loadSamples() {
  const { data, labels } = await load("samples");
  const pixels = new Uint8Array(await inflate(bytes(data)));
  const images = Array.from(labels, (_, i) => pixels.subarray(i * 784, (i + 1) * 784));
  return { images, labels: Array.from(labels, Number) };
}

const FIRST_DIGIT = 4; // shown at the start, so that the page is not empty

async function mount(root) {
  const pad = mountPad(root, {
    showLayers: root.dataset.view !== "short",
    chapterLink: (chapter, section) =>
      root.dataset.link.replace("CHAPTER", chapter).replace("SECTION", section),
  });
  async function loadAll() {
    // Both load at the same time.
    const [networkLoaded, samplesLoaded] = [loadNetwork(), loadSamples()];
    samplesLoaded.catch(() => {}); // reported below, after an error of the network
    let problem = "The network could not be loaded, so there is no prediction";
    try {
      pad.setNetwork(await networkLoaded);
      problem = "The sample digits could not be loaded; your own drawings are still predicted";
      pad.setSamples(await samplesLoaded);
      if (pad.isEmpty()) pad.showSampleOf(FIRST_DIGIT);
      root.dataset.state = "ready";
      performance.mark("digit-pad-ready");
    } catch (error) {
      root.dataset.state = "failed";
      pad.showError(
        `${problem} (${error.message}). Check that the book's folder is complete.`,
        loadAll,
      );
    }
  }
  await loadAll();
}

document.querySelectorAll(".digit-pad").forEach(mount);
