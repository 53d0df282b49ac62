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
      arrived[name] ? resolve(arrived[name]) : reject(new Error("it is empty"));
    script.onerror = () => reject(new Error("it cannot be loaded"));
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
    try {
      // Both are on their way at once.
      const [toCome, alsoToCome] = [network(), samples()];
      alsoToCome.catch(() => {}); // heard below, after the network's own trouble
      pad.receiveNetwork(await toCome);
      pad.receiveSamples(await alsoToCome);
      if (pad.isUntouched()) pad.takeSample(FIRST);
      root.dataset.state = "ready";
      performance.mark("digit-pad-ready");
    } catch (error) {
      root.dataset.state = "failed";
      pad.fail(
        `A file that the pad needs did not arrive (${error.message}). You can draw, but nothing reads it. ` +
          "Is the folder of the book complete?",
        fetchAll,
      );
    }
  }
  await fetchAll();
}

document.querySelectorAll(".digit-pad").forEach(furnish);
