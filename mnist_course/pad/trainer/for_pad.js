import { pixelScale } from "./training_run.js";

// The pad divides pixels by 255. A network that learns from pixels of 0 to 255 gets a convolution
// kernel 255 times as large, which undoes the division.
export function forPad(weights, settings) {
  const factor = 255 * pixelScale(settings);
  return { ...weights, convKernel: weights.convKernel.map((weight) => weight * factor) };
}

// Digits as the pad takes them.
export function samplesOf({ images, labels }) {
  const digits = Array.from(labels);
  return { images: digits.map((_, i) => images.subarray(i * 784, (i + 1) * 784)), labels: digits };
}
