import { FILTERS } from "./layers/convolution.js";
import { CELLS, FLATTENED, forwardPass, makeActivations, UNITS } from "./layers/forward_pass.js";
import { CLASSES } from "./layers/softmax.js";

// The network as the page shows it: its weights are unpacked, and all activations of one digit are
// returned.


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
  const { hiddenScale, hiddenKernel } = network;
  network.hiddenKernel = Float32Array.from(hiddenKernel, (value, i) => {
    return value * hiddenScale[i % UNITS];
  });
  return withKernels(network);
}

// Keras puts the filters last; `kernels` follow one another, as the page draws them.
export function withKernels(weights) {
  const kernels = Float32Array.from({ length: 25 * FILTERS }, (_, i) => {
    return weights.convKernel[(i % 25) * FILTERS + Math.floor(i / 25)];
  });
  return { ...weights, kernels };
}

// The normalization of lesson 3: 0 to 255 becomes 0 to 1.
export function toPixels(image) {
  const pixels = new Float32Array(image);
  for (let i = 0; i < pixels.length; i++) pixels[i] /= 255;
  return pixels;
}

// `pixels`: 784 numbers from 0 to 1. Maps follow one another, each row by row.
export function forward(network, pixels) {
  const batch = makeActivations(1);
  const conv = new Float32Array(24 * 24 * FILTERS);
  batch.pixels.set(pixels);
  forwardPass(network, batch, { onPatch: (_, cell, sums) => copyPatch(sums, cell, conv) });
  return {
    input: pixels,
    conv,
    relu: conv.map((value) => Math.max(value, 0)),
    pooled: mapByMap(batch.pooled),
    hiddenSum: batch.hiddenSum.slice(0, UNITS),
    hidden: batch.hidden.slice(0, UNITS),
    logits: batch.logits.slice(0, CLASSES),
    probabilities: batch.probabilities,
  };
}

// Copies the sums at the four places of a patch into the filters' tables.
function copyPatch(sums, cell, maps) {
  const corner = Math.floor(cell / 12) * 48 + (cell % 12) * 2;
  for (let place = 0; place < 4; place++) {
    const at = corner + (place >> 1) * 24 + (place & 1);
    for (let filter = 0; filter < FILTERS; filter++)
      maps[filter * 576 + at] = sums[place * FILTERS + filter];
  }
}

// The training's order is cell by cell, with a blank digit in each second place.
function mapByMap(pooled) {
  return Float32Array.from({ length: FLATTENED }, (_, i) => {
    return pooled[(i % CELLS) * 2 * FILTERS + Math.floor(i / CELLS)];
  });
}
