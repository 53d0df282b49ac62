import { backwardPass, makeActivationGradients, makeGradients } from "../layers/backward_pass.js";
import { dropoutBackward, dropoutForward } from "../layers/dropout.js";
import { forwardPass, makeActivations, PIXELS } from "../layers/forward_pass.js";
import { CLASSES, crossEntropy } from "../layers/softmax.js";

// One step of training: forward pass, loss, backward pass, and the optimizer changes the weights.

// `update`: an optimizer. `dropout`: the rate, 0 for none. `scale`: what the pixels, 0 to 255, are
// multiplied by. Returns a function that trains on the digits at the places `chosen` of `images`
// (784 bytes each) and `labels`, and returns the sum of their losses and how many were read correctly
// before the weights changed.
export function trainingStep(weights, { update, dropout, scale, random }) {
  const gradients = makeGradients(weights);
  const room = roomForBatches(({ activations }) => ({
    flow: makeActivationGradients(activations),
    kept: new Uint8Array(activations.pooled.length),
  }));
  function step(images, labels, chosen) {
    const { activations, flow, kept } = room(chosen.length);
    const { pooled } = activations;
    const batchLabels = chosen.map((i) => labels[i]);
    fillPixels(activations.pixels, images, chosen, scale);
    forwardPass(weights, activations, {
      onPooled: () => dropout && dropoutForward(pooled, kept, dropout, random),
    });
    backwardPass(weights, activations, batchLabels, gradients, flow, {
      onPooled: () => dropout && dropoutBackward(flow.pooled, kept, dropout),
    });
    update(weights, gradients);
    return batchResult(activations, batchLabels);
  }
  return Object.assign(step, { gradients });
}

// Arrays for batches of one size are made once and used again. `more` makes what else a batch needs.
export function roomForBatches(more = () => ({})) {
  const rooms = new Map();
  return (digits) => {
    if (!rooms.has(digits)) {
      const activations = makeActivations(digits);
      rooms.set(digits, { activations, ...more({ activations }) });
    }
    return rooms.get(digits);
  };
}

export function fillPixels(pixels, images, chosen, scale) {
  chosen.forEach((image, digit) => {
    for (let i = 0; i < PIXELS; i++)
      pixels[digit * PIXELS + i] = images[image * PIXELS + i] * scale;
  });
}

// Returns the sum of the losses and how many digits are read correctly.
function batchResult({ logits }, labels) {
  const result = { loss: 0, correct: 0 };
  labels.forEach((label, digit) => {
    const at = digit * CLASSES;
    result.loss += crossEntropy(logits, at, label);
    if (mostProbable(logits, at) === label) result.correct++;
  });
  return result;
}

// The class with the largest of ten numbers.
export function mostProbable(numbers, at) {
  let best = 0;
  for (let i = 1; i < CLASSES; i++) if (numbers[at + i] > numbers[at + best]) best = i;
  return best;
}
