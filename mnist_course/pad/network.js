// The forward pass of the course's network. All activations are returned, because the page shows them.

const FILTERS = 32;
const UNITS = 128;
const CLASSES = 10;
const FLATTENED = 12 * 12 * FILTERS;

// The layout of the weights that packed_weights.py packs: float32, except the large kernel of the hidden
// layer, which is int8 with one scale for each unit.
const WEIGHTS_LAYOUT = [
  ["convKernel", Float32Array, 25 * FILTERS],
  ["convBias", Float32Array, FILTERS],
  ["hiddenScale", Float32Array, UNITS],
  ["hiddenBias", Float32Array, UNITS],
  ["logitKernel", Float32Array, UNITS * CLASSES],
  ["logitBias", Float32Array, CLASSES],
  ["hiddenKernel", Int8Array, FLATTENED * UNITS],
];

// Decompresses what Python's zlib compressed; rejects if the bytes are damaged.
export async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

export function readNetwork(buffer) {
  const expected = WEIGHTS_LAYOUT.reduce(
    (sum, [, ArrayType, length]) => sum + ArrayType.BYTES_PER_ELEMENT * length,
    0,
  );
  if (buffer.byteLength !== expected) {
    throw new Error(`The weights have ${buffer.byteLength} bytes; the network needs ${expected}.`);
  }
  const network = {};
  let offset = 0;
  for (const [name, ArrayType, length] of WEIGHTS_LAYOUT) {
    network[name] = new ArrayType(buffer, offset, length);
    offset += ArrayType.BYTES_PER_ELEMENT * length;
  }
  // Keras puts the filters last; here one kernel follows the other, as the page draws them.
  network.kernels = Float32Array.from({ length: 25 * FILTERS }, (_, i) => {
    return network.convKernel[(i % 25) * FILTERS + Math.floor(i / 25)];
  });
  return network;
}

// The normalization of chapter 3: 0 to 255 becomes 0 to 1.
export function toPixels(image) {
  const pixels = new Float32Array(image);
  for (let i = 0; i < pixels.length; i++) pixels[i] /= 255;
  return pixels;
}

// `pixels`: 784 numbers from 0 to 1. Maps follow one another, each row by row.
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

// Most pixels are 0 and add nothing: each of the others is added to the cells whose patch contains it.
function convolve({ convKernel, convBias }, pixels) {
  const sums = new Float32Array(24 * 24 * FILTERS); // all filters of a cell, then of the next
  for (let from = 0; from < pixels.length; from++) {
    const pixel = pixels[from];
    if (pixel === 0) continue;
    const [bottom, right] = [Math.floor(from / 28), from % 28];
    for (let i = 0; i < 25; i++) {
      const row = bottom - Math.floor(i / 5);
      const column = right - (i % 5);
      if (row < 0 || row > 23 || column < 0 || column > 23) continue;
      const at = (row * 24 + column) * FILTERS;
      const weight = i * FILTERS;
      for (let filter = 0; filter < FILTERS; filter++)
        sums[at + filter] += convKernel[weight + filter] * pixel;
    }
  }
  const conv = new Float32Array(sums.length);
  const relu = new Float32Array(sums.length);
  let to = 0;
  for (let filter = 0; filter < FILTERS; filter++) {
    for (let cell = 0; cell < 24 * 24; cell++) {
      const sum = sums[cell * FILTERS + filter] + convBias[filter];
      conv[to] = sum;
      relu[to++] = Math.max(sum, 0);
    }
  }
  return { conv, relu };
}

function pool(maps) {
  const pooled = new Float32Array(12 * 12 * FILTERS);
  for (let i = 0; i < pooled.length; i++) {
    const row = Math.floor(i / 12); // counted through all maps: each has 24 rows, an even number
    const from = row * 48 + (i % 12) * 2;
    pooled[i] = Math.max(maps[from], maps[from + 1], maps[from + 24], maps[from + 25]);
  }
  return pooled;
}

// In the order of Keras: all filters of the first cell, then all filters of the second.
function flatten(pooled) {
  const flat = new Float32Array(FLATTENED);
  let to = 0;
  for (let cell = 0; cell < 144; cell++)
    for (let filter = 0; filter < FILTERS; filter++) flat[to++] = pooled[filter * 144 + cell];
  return flat;
}

function dense(inputs, kernel, units) {
  const outputs = new Float32Array(units);
  const rows = []; // offsets of the kernel's rows whose input is not 0: after relu many are 0
  const values = [];
  for (let i = 0; i < inputs.length; i++) {
    if (inputs[i] === 0) continue;
    rows.push(i * units);
    values.push(inputs[i]);
  }
  // Padded to a multiple of four by the first row times 0.
  while (rows.length % 4) {
    rows.push(0);
    values.push(0);
  }
  // Four rows at a time: each output is read and written a quarter as often.
  for (let n = 0; n < rows.length; n += 4) {
    const [a, b, c, d] = [rows[n], rows[n + 1], rows[n + 2], rows[n + 3]];
    const [w, x, y, z] = [values[n], values[n + 1], values[n + 2], values[n + 3]];
    for (let unit = 0; unit < units; unit++) {
      outputs[unit] +=
        w * kernel[a + unit] + x * kernel[b + unit] + y * kernel[c + unit] + z * kernel[d + unit];
    }
  }
  return outputs;
}

function softmax(logits) {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
