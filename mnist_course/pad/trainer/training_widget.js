import { FILTERS } from "../layers/convolution.js";
import { FLATTENED, UNITS, WEIGHTS } from "../layers/forward_pass.js";
import { CLASSES } from "../layers/softmax.js";
import { inflate } from "../network.js";
import { SETTINGS } from "./settings.js";
import { mountTraining } from "./training.js";

// "Watch it learn" in a notebook: anywidget calls render() with the Python object's traits. The module
// begins with the constant WORKER_CODE, the code of the worker (bundle.py).

const viewedBytes = ({ buffer, byteOffset, byteLength }) =>
  new Uint8Array(buffer, byteOffset, byteLength);

function renderTraining({ model, el }) {
  const training = mountTraining(el.appendChild(document.createElement("div")), {
    load: () => readState(model),
    missing: "Run the cell again.",
    // A network without hidden layer has other weights than the Python object's.
    offered: SETTINGS.filter(({ name }) => name !== "hidden"),
    onWeights(weights, epochs) {
      model.set("trained_weights", new DataView(joinWeights(weights)));
      model.set("epochs", epochs.slice());
      model.save_changes();
    },
  });
  return () => training.destroy();
}

async function readState(model) {
  const digits = async (name) => ({
    images: new Uint8Array(await inflate(viewedBytes(model.get(`${name}_images`)))),
    labels: Uint8Array.from(model.get(`${name}_labels`)),
  });
  const [training, heldOut] = await Promise.all([digits("training"), digits("heldout")]);
  return { code: WORKER_CODE, training, heldOut, start: splitWeights(model.get("start_weights")) };
}

// The six arrays follow one another, float32, in Keras's order.
function splitWeights(view) {
  const bytes = viewedBytes(view).slice(); // a view may begin where no float32 can
  const sizes = [25 * FILTERS, FILTERS, FLATTENED * UNITS, UNITS, UNITS * CLASSES, CLASSES];
  let offset = 0;
  const weights = {};
  WEIGHTS.forEach((name, i) => {
    weights[name] = new Float32Array(bytes.buffer, offset, sizes[i]).slice();
    offset += 4 * sizes[i];
  });
  return weights;
}

function joinWeights(weights) {
  const joined = new Float32Array(WEIGHTS.reduce((sum, name) => sum + weights[name].length, 0));
  let offset = 0;
  for (const name of WEIGHTS) {
    joined.set(weights[name], offset);
    offset += weights[name].length;
  }
  return joined.buffer;
}

export default { render: renderTraining };
