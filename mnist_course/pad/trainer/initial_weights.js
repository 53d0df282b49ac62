import { FILTERS } from "../layers/convolution.js";
import { FLATTENED, UNITS } from "../layers/forward_pass.js";
import { CLASSES } from "../layers/softmax.js";

// Keras's initial weights: biases are 0, kernels random between two limits that depend on the number
// of inputs and outputs (X. Glorot and Y. Bengio, 2010).

export function initialWeights(withHiddenLayer, random) {
  const kernel = (length, inputs, outputs) => {
    const limit = Math.sqrt(6 / (inputs + outputs));
    return Float32Array.from({ length }, () => (2 * random() - 1) * limit);
  };
  const dense = (inputs, outputs) => kernel(inputs * outputs, inputs, outputs);
  const convolution = {
    convKernel: kernel(25 * FILTERS, 25, 25 * FILTERS),
    convBias: new Float32Array(FILTERS),
  };
  const output = { logitBias: new Float32Array(CLASSES) };
  if (!withHiddenLayer) return { ...convolution, logitKernel: dense(FLATTENED, CLASSES), ...output };
  return {
    ...convolution,
    hiddenKernel: dense(FLATTENED, UNITS),
    hiddenBias: new Float32Array(UNITS),
    logitKernel: dense(UNITS, CLASSES),
    ...output,
  };
}
