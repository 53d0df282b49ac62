// The course's network, forward only. Every layer's numbers are kept, for they are what the page shows.

const FILTERS = 32;
const UNITS = 128;
const CLASSES = 10;
const FLATTENED = 12 * 12 * FILTERS;

// How quantized.py packs the weights: all in float32 but the hidden layer's kernel, which is large and
// lies in int8, with one scale for each unit.
const LAYOUT = [
  ["convKernel", Float32Array, 25 * FILTERS],
  ["convBias", Float32Array, FILTERS],
  ["hiddenScale", Float32Array, UNITS],
  ["hiddenBias", Float32Array, UNITS],
  ["logitKernel", Float32Array, UNITS * CLASSES],
  ["logitBias", Float32Array, CLASSES],
  ["hiddenKernel", Int8Array, FLATTENED * UNITS],
];

// Inflate what Python's zlib has packed; it fails where a byte was lost or changed on the way.
export async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

export function readNetwork(buffer) {
  const expected = LAYOUT.reduce(
    (sum, [, Kind, length]) => sum + Kind.BYTES_PER_ELEMENT * length,
    0,
  );
  if (buffer.byteLength !== expected) {
    throw new Error(`The weights have ${buffer.byteLength} bytes; the network needs ${expected}.`);
  }
  const network = {};
  let offset = 0;
  for (const [name, Kind, length] of LAYOUT) {
    network[name] = new Kind(buffer, offset, length);
    offset += Kind.BYTES_PER_ELEMENT * length;
  }
  // Keras puts the filters last; here one kernel comes after the other, as they are drawn.
  network.kernels = Float32Array.from({ length: 25 * FILTERS }, (_, i) => {
    return network.convKernel[(i % 25) * FILTERS + Math.floor(i / 25)];
  });
  return network;
}

// What chapter 3 does to every image: 0..255 becomes 0 to 1.
export function toPixels(image) {
  return Float32Array.from(image, (value) => value / 255);
}

// `pixels`: 784 numbers from 0 to 1. Maps come one after the other, each row by row.
export function forward(network, pixels) {
  const { conv, relu } = convolve(network, pixels);
  const pooled = pool(relu);
  const { hiddenKernel, hiddenScale, hiddenBias, logitKernel, logitBias } = network;
  const products = dense(flatten(pooled), hiddenKernel, UNITS);
  const hiddenSum = products.map((sum, unit) => sum * hiddenScale[unit] + hiddenBias[unit]);
  const hidden = hiddenSum.map((value) => Math.max(value, 0));
  const logits = dense(hidden, logitKernel, CLASSES).map((sum, digit) => sum + logitBias[digit]);
  const probabilities = softmax(logits);
  return { input: pixels, conv, relu, pooled, hiddenSum, hidden, logits, probabilities };
}

function convolve({ kernels, convBias }, pixels) {
  const conv = new Float32Array(24 * 24 * FILTERS);
  const relu = new Float32Array(24 * 24 * FILTERS);
  for (let filter = 0; filter < FILTERS; filter++) {
    const kernel = kernels.subarray(filter * 25, filter * 25 + 25);
    let at = filter * 576;
    for (let row = 0; row < 24; row++) {
      for (let column = 0; column < 24; column++) {
        let sum = convBias[filter];
        for (let i = 0; i < 5; i++) {
          const from = (row + i) * 28 + column;
          for (let j = 0; j < 5; j++) sum += kernel[i * 5 + j] * pixels[from + j];
        }
        conv[at] = sum;
        relu[at++] = Math.max(sum, 0);
      }
    }
  }
  return { conv, relu };
}

function pool(maps) {
  const pooled = new Float32Array(12 * 12 * FILTERS);
  for (let i = 0; i < pooled.length; i++) {
    const row = Math.floor(i / 12); // counted through all maps: each has an even number of rows
    const from = row * 48 + (i % 12) * 2;
    pooled[i] = Math.max(maps[from], maps[from + 1], maps[from + 24], maps[from + 25]);
  }
  return pooled;
}

// Keras counts all filters of the first cell, then all filters of the second.
function flatten(pooled) {
  const flat = new Float32Array(FLATTENED);
  for (let i = 0; i < FLATTENED; i++)
    flat[i] = pooled[(i % FILTERS) * 144 + Math.floor(i / FILTERS)];
  return flat;
}

function dense(inputs, kernel, units) {
  const outputs = new Float32Array(units);
  for (let i = 0; i < inputs.length; i++) {
    if (inputs[i] === 0) continue; // relu leaves many zeros
    const from = i * units;
    for (let unit = 0; unit < units; unit++) outputs[unit] += inputs[i] * kernel[from + unit];
  }
  return outputs;
}

function softmax(logits) {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
