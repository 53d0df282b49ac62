import { inflate, readNetwork } from "./network.js";
import { mountPad } from "./pad.js";

// The pad's home in the book: every element of class "digit-pad" becomes one. The weights come in
// scripts, for a page opened from disk may load nothing else.

const HOME = new URL(".", document.currentScript.src);
const arrived = {};

// Called by the scripts that hold the data, which the book's build makes (book/_ext/pad.py).
window.mnistCoursePad = (name, data) => (arrived[name] = data);

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

function load(name) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(`${name}.js`, HOME);
    script.onload = () =>
      arrived[name] ? resolve(arrived[name]) : reject(new Error(`${name}.js is damaged`));
    script.onerror = () => reject(new Error(`${name}.js cannot be loaded`));
    document.head.append(script);
  });
}

async function network() {
  const { data } = await load("weights");
  return readNetwork(await inflate(bytes(data)));
}

async function samples() {
  const { data, labels } = await load("samples");
  const pixels = new Uint8Array(await inflate(bytes(data)));
  const images = Array.from(labels, (_, i) => pixels.subarray(i * 784, (i + 1) * 784));
  return { images, labels: Array.from(labels, Number) };
}

const FIRST = 4; // a digit lies on the paper from the start, so that there is something to see

async function furnish(root) {
  const pad = mountPad(root, {
    whole: root.dataset.view !== "short",
    chapterLink: (chapter, section) =>
      root.dataset.link.replace("CHAPTER", chapter).replace("SECTION", section),
  });
  async function fetchAll() {
    // Both are on their way at once.
    const [toCome, alsoToCome] = [network(), samples()];
    alsoToCome.catch(() => {}); // heard below, after the network's own trouble
    let lost = "The network did not arrive, so you can draw, but nothing reads it";
    try {
      pad.receiveNetwork(await toCome);
      lost = "The sample digits did not arrive; your own are read all the same";
      pad.receiveSamples(await alsoToCome);
      if (pad.isUntouched()) pad.takeSample(FIRST);
      root.dataset.state = "ready";
      performance.mark("digit-pad-ready");
    } catch (error) {
      root.dataset.state = "failed";
      pad.fail(`${lost} (${error.message}). Is the folder of the book complete?`, fetchAll);
    }
  }
  await fetchAll();
}

document.querySelectorAll(".digit-pad").forEach(furnish);
