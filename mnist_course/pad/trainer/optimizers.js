// An optimizer changes the weights after each step. `weights` and `gradients`: one array for each name.

// SGD(learning_rate): each weight takes a step against its gradient.
export function sgd(rate) {
  return (weights, gradients) => {
    for (const name in gradients) descend(weights[name], gradients[name], rate);
  };
}

function descend(weights, gradient, rate) {
  for (let i = 0; i < weights.length; i++) weights[i] -= rate * gradient[i];
}

const [FIRST_DECAY, SECOND_DECAY, EPSILON] = [0.9, 0.999, 1e-7];
// A mean this small changes no weight. Numbers below 1e-38 would slow the processor down.
const NEGLIGIBLE = 1e-30;

// Adam(learning_rate): the step is the running mean of the gradients over the root of the running mean
// of their squares (D. Kingma and J. Ba, 2015). Both means start at 0; the correction makes up for it.
export function adam(rate) {
  const means = {};
  let step = 0;
  return (weights, gradients) => {
    step++;
    const corrected = (rate * Math.sqrt(1 - SECOND_DECAY ** step)) / (1 - FIRST_DECAY ** step);
    for (const name in gradients) {
      const length = gradients[name].length;
      means[name] ??= { first: new Float32Array(length), second: new Float32Array(length) };
      descendScaled(weights[name], gradients[name], means[name], corrected);
    }
  };
}

function descendScaled(weights, gradient, { first, second }, rate) {
  for (let i = 0; i < weights.length; i++) {
    const current = gradient[i];
    let mean = first[i] + (current - first[i]) * (1 - FIRST_DECAY);
    let square = second[i] + (current * current - second[i]) * (1 - SECOND_DECAY);
    if (mean < NEGLIGIBLE && mean > -NEGLIGIBLE) mean = 0;
    if (square < NEGLIGIBLE) square = 0;
    first[i] = mean;
    second[i] = square;
    weights[i] -= (rate * mean) / (Math.sqrt(square) + EPSILON);
  }
}
