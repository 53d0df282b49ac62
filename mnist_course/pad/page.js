import { decodeBase64, loadData } from "./load.js";
import { inflate, readNetwork } from "./network.js";
import { mountPad } from "./pad.js";

// The pad in the book, one in each element of class "digit-pad".

async function loadNetwork() {
  const { data } = await loadData("weights");
  return readNetwork(await inflate(decodeBase64(data)));
}

async function loadSamples() {
  const { data, labels } = await loadData("samples");
  const pixels = new Uint8Array(await inflate(decodeBase64(data)));
  const images = Array.from(labels, (_, i) => pixels.subarray(i * 784, (i + 1) * 784));
  return { images, labels: Array.from(labels, Number) };
}

const FIRST_DIGIT = 4; // shown at the start, so that the page is not empty

async function mount(root) {
  const pad = mountPad(root, {
    showLayers: root.dataset.view !== "short",
    lessonLink: (lesson, section) =>
      root.dataset.link.replace("LESSON", lesson).replace("SECTION", section),
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

document.querySelectorAll(".digit-pad[data-view]").forEach(mount);
