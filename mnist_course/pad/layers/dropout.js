// Dropout(rate), in training only: each value is set to 0 with probability `rate`. The others are
// divided by 1 - rate, so that the expected value does not change.

// `random()` returns a number from 0 to less than 1. Writes into `kept` which values were kept.
export function dropoutForward(values, kept, rate, random) {
  const scale = 1 / (1 - rate);
  for (let i = 0; i < values.length; i++) {
    kept[i] = random() < rate ? 0 : 1;
    values[i] *= kept[i] * scale;
  }
}

// The backward pass: the gradient is dropped and scaled like the value.
export function dropoutBackward(gradients, kept, rate) {
  const scale = 1 / (1 - rate);
  for (let i = 0; i < gradients.length; i++) gradients[i] *= kept[i] * scale;
}
