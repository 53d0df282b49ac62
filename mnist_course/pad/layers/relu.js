// relu: negative numbers become 0.

export function reluForward(inputs, outputs) {
  for (let i = 0; i < inputs.length; i++) outputs[i] = Math.max(inputs[i], 0);
}

// The backward pass: no gradient passes where the output is 0.
export function reluBackward(outputs, gradients) {
  for (let i = 0; i < outputs.length; i++) if (outputs[i] === 0) gradients[i] = 0;
}
