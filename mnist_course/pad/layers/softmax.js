// softmax and its loss, categorical cross-entropy.

export const CLASSES = 10;

// Writes the probabilities of `digits` digits, whose logits follow one another.
export function softmaxForward(logits, probabilities, digits) {
  for (let at = 0; at < digits * CLASSES; at += CLASSES) {
    // Subtracting the largest logit does not change the result and prevents overflow in exp.
    let largest = logits[at];
    for (let i = at; i < at + CLASSES; i++) if (logits[i] > largest) largest = logits[i];
    let total = 0;
    for (let i = at; i < at + CLASSES; i++) total += Math.exp(logits[i] - largest);
    for (let i = at; i < at + CLASSES; i++)
      probabilities[i] = Math.exp(logits[i] - largest) / total;
  }
}

// The loss of a digit is minus the logarithm of its label's probability. It is computed from the
// logits, because a probability can be so small that it is stored as 0.
export function crossEntropy(logits, at, label) {
  let largest = logits[at];
  for (let i = at; i < at + CLASSES; i++) if (logits[i] > largest) largest = logits[i];
  let total = 0;
  for (let i = at; i < at + CLASSES; i++) total += Math.exp(logits[i] - largest);
  return Math.log(total) + largest - logits[at + label];
}

// The backward pass of both together: the gradient of a logit is its probability, less 1 for the
// label. It is divided by the number of digits, because the loss of a batch is their mean.
export function crossEntropyGradient(probabilities, labels, gradients) {
  const digits = labels.length;
  for (let i = 0; i < digits * CLASSES; i++) gradients[i] = probabilities[i] / digits;
  for (let i = 0; i < digits; i++) gradients[i * CLASSES + labels[i]] -= 1 / digits;
}
