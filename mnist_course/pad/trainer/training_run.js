import { forwardPass } from "../layers/forward_pass.js";
import { CLASSES } from "../layers/softmax.js";
import { initialWeights } from "./initial_weights.js";
import { adam, sgd } from "./optimizers.js";
import { randomNumbers, shuffle } from "./random.js";
import { fillPixels, mostProbable, roomForBatches, trainingStep } from "./training_step.js";

// A training run: from random weights, epoch after epoch, in shuffled batches.

const DROPOUT = 0.2; // the guide's rate
const EVALUATED = 100; // held-out digits are read in batches of this size

// `settings`: see settings.js. `training` and `heldOut`: { images, labels }, 784 bytes an image.
// `start`: the first weights; random ones if there are none.
export function trainingRun(settings, training, heldOut, start = null) {
  const random = randomNumbers(settings.seed);
  const weights = start ? structuredClone(start) : initialWeights(settings.hidden === "yes", random);
  const images = Math.min(settings.images, training.labels.length);
  const scale = pixelScale(settings);
  const order = Array.from({ length: images }, (_, i) => i);
  const labels = trainingLabels(settings, training.labels.subarray(0, images), random);
  const optimizer = settings.optimizer === "adam" ? adam : sgd;
  const train = trainingStep(weights, {
    update: optimizer(settings.rate),
    dropout: settings.dropout === "yes" ? DROPOUT : 0,
    scale,
    random,
  });
  const roomToEvaluate = roomForBatches();
  let epoch = { number: 0, trained: 0, loss: 0, correct: 0 };

  // Trains on the next batch. In the last step of an epoch, `finished` has the mean loss and the
  // error of its digits in %, as they were before each step.
  function step() {
    if (epoch.trained === 0) shuffle(order, random);
    const chosen = order.slice(epoch.trained, epoch.trained + settings.batch);
    const { loss, correct } = train(training.images, labels, chosen);
    epoch.trained += chosen.length;
    epoch.loss += loss;
    epoch.correct += correct;
    const at = epoch.number + epoch.trained / images;
    let finished = null;
    if (epoch.trained === images) {
      const trainingError = 100 * (1 - epoch.correct / images);
      finished = { number: epoch.number + 1, loss: epoch.loss / images, trainingError };
      epoch = { number: epoch.number + 1, trained: 0, loss: 0, correct: 0 };
    }
    return { at, loss: loss / chosen.length, finished };
  }

  // Returns the error on the held-out digits in %, and the digits that are misread.
  function evaluate() {
    const misread = [];
    const digits = heldOut.labels.length;
    for (let first = 0; first < digits; first += EVALUATED) {
      const size = Math.min(EVALUATED, digits - first);
      const chosen = Array.from({ length: size }, (_, i) => first + i);
      const evaluated = roomToEvaluate(size).activations;
      const expected = chosen.map((i) => heldOut.labels[i]);
      fillPixels(evaluated.pixels, heldOut.images, chosen, scale);
      forwardPass(weights, evaluated);
      chosen.forEach((index, i) => {
        const predicted = mostProbable(evaluated.logits, i * CLASSES);
        if (predicted !== expected[i]) misread.push({ index, predicted });
      });
    }
    return { misread, heldOutError: (100 * misread.length) / digits };
  }

  return { step, evaluate, weights };
}

// Whole numbers from 0 to 255 become numbers from 0 to 1, unless the reader leaves them.
export const pixelScale = ({ pixels }) => (pixels === "255" ? 1 : 1 / 255);

// Shuffled labels belong to no image any more: only memorizing helps.
function trainingLabels(settings, labels, random) {
  const chosen = Array.from(labels);
  return settings.labels === "shuffled" ? shuffle(chosen, random) : chosen;
}
