import { addPatchGradient, FILTERS, takeKernelGradient } from "./convolution.js";
import { denseBackward } from "./dense.js";
import { CELLS, hiddenLayer, logitLayer, patchCorner, WEIGHTS } from "./forward_pass.js";
import { poolBackward } from "./pooling.js";
import { reluBackward } from "./relu.js";
import { crossEntropyGradient } from "./softmax.js";

// The backward pass: the gradient of the loss with respect to every weight, from the last layer to
// the first.

// Room for the gradients of weights and of activations.
export function makeGradients(weights) {
  const names = WEIGHTS.filter((name) => weights[name]);
  return Object.fromEntries(names.map((name) => [name, new Float32Array(weights[name].length)]));
}

export function makeActivationGradients({ pooled, hidden, logits }) {
  return {
    pooled: new Float32Array(pooled.length),
    hidden: new Float32Array(hidden.length),
    logits: new Float32Array(logits.length),
  };
}

// `activations`: as `forwardPass` left them. `onPooled()` is called before the convolution.
export function backwardPass(weights, activations, labels, gradients, flow, { onPooled } = {}) {
  const { hidden, winners } = activations;
  crossEntropyGradient(activations.probabilities, labels, flow.logits);
  const logits = { kernel: gradients.logitKernel, bias: gradients.logitBias };
  if (weights.hiddenKernel) {
    const hiddenGradients = { kernel: gradients.hiddenKernel, bias: gradients.hiddenBias };
    denseBackward(logitLayer(weights, activations), flow.logits, logits, flow.hidden);
    reluBackward(hidden, flow.hidden);
    denseBackward(hiddenLayer(weights, activations), flow.hidden, hiddenGradients, flow.pooled);
  } else {
    denseBackward(logitLayer(weights, activations), flow.logits, logits, flow.pooled);
  }
  onPooled?.();
  poolBackward(flow.pooled, winners);
  convolutionGradients(activations, flow.pooled, gradients);
}

function convolutionGradients({ pixels, winners, digits, slots }, pooledGradient, gradients) {
  const { convKernel, convBias } = gradients;
  convBias.fill(0);
  for (let cell = 0; cell < CELLS; cell++) {
    for (let digit = 0; digit < digits; digit++) {
      const at = (cell * slots + digit) * FILTERS;
      for (let filter = 0; filter < FILTERS; filter++)
        convBias[filter] += pooledGradient[at + filter];
      addPatchGradient(pixels, patchCorner(digit, cell), pooledGradient, winners, at);
    }
  }
  takeKernelGradient(convKernel);
}
