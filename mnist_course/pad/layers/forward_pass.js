import { convolvePatch, FILTERS, setKernel, SIDE } from "./convolution.js";
import { denseForward, LARGEST_BATCH } from "./dense.js";
import { poolPatch } from "./pooling.js";
import { reluForward } from "./relu.js";
import { CLASSES, softmaxForward } from "./softmax.js";

// The course's network, layer by layer, for one digit (the pad) or for a batch (training).

export const PIXELS = SIDE * SIDE;
export const CELLS = 144; // 12 x 12 cells of each pooled map
export const FLATTENED = CELLS * FILTERS;
export const UNITS = 128;

// The six arrays of weights in Keras's order. A network without hidden layer has no `hidden` ones.
export const WEIGHTS = [
  "convKernel",
  "convBias",
  "hiddenKernel",
  "hiddenBias",
  "logitKernel",
  "logitBias",
];

// Room for a batch. The dense layers need one more slot, which stays blank.
export function makeActivations(digits) {
  if (digits > LARGEST_BATCH) throw new RangeError(`A batch has at most ${LARGEST_BATCH} digits.`);
  const slots = digits + 1;
  return {
    digits,
    slots,
    pixels: new Float32Array(digits * PIXELS),
    pooled: new Float32Array(slots * FLATTENED), // by cell, then by digit, then by filter
    winners: new Uint8Array(slots * FLATTENED),
    hiddenSum: new Float32Array(slots * UNITS), // before relu
    hidden: new Float32Array(slots * UNITS),
    logits: new Float32Array(slots * CLASSES),
    probabilities: new Float32Array(digits * CLASSES),
  };
}

// `onPatch(digit, cell, sums)` is called with the sums of each patch, before relu;
// `onPooled()` before the dense layers.
export function forwardPass(weights, activations, { onPatch, onPooled } = {}) {
  convolveAndPool(weights, activations, onPatch);
  onPooled?.();
  const { hiddenSum, hidden, logits, probabilities, digits } = activations;
  if (weights.hiddenKernel) {
    denseForward(hiddenLayer(weights, activations), hiddenSum);
    reluForward(hiddenSum, hidden);
  }
  denseForward(logitLayer(weights, activations), logits);
  softmaxForward(logits, probabilities, digits);
}

function convolveAndPool({ convKernel, convBias }, activations, onPatch) {
  const { digits, slots, pixels, pooled, winners } = activations;
  setKernel(convKernel, convBias);
  for (let digit = 0; digit < digits; digit++) {
    for (let cell = 0; cell < CELLS; cell++) {
      const sums = convolvePatch(pixels, patchCorner(digit, cell));
      onPatch?.(digit, cell, sums);
      poolPatch(sums, pooled, winners, (cell * slots + digit) * FILTERS);
    }
  }
}

// The index of the first pixel that a pooled cell sees.
export function patchCorner(digit, cell) {
  return digit * PIXELS + Math.floor(cell / 12) * 2 * SIDE + (cell % 12) * 2;
}

export function hiddenLayer({ hiddenKernel, hiddenBias }, { pooled, slots }) {
  return {
    inputs: pooled,
    kernel: hiddenKernel,
    bias: hiddenBias,
    slots,
    features: FILTERS,
    units: UNITS,
  };
}

// The output layer takes the hidden units or, without hidden layer, the pooled maps.
export function logitLayer({ hiddenKernel, logitKernel, logitBias }, { pooled, hidden, slots }) {
  return {
    inputs: hiddenKernel ? hidden : pooled,
    kernel: logitKernel,
    bias: logitBias,
    slots,
    features: hiddenKernel ? UNITS : FILTERS,
    units: CLASSES,
  };
}
