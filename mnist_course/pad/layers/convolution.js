// Conv2D(32, (5, 5)): each filter slides its kernel over the image.
//
// Max pooling compares the sums at 2 x 2 places, which together see a patch of 6 x 6 pixels.
// So both passes go from patch to patch. Many patches are blank, and blank pixels add nothing to a sum
// and nothing to a gradient. The kernel is in Keras's order: 25 taps, 32 filters each.

export const FILTERS = 32;
export const SIDE = 28; // pixels along a side of the image
const TAPS = 5; // pixels along a side of the kernel
const PATCH_SIDE = 6; // pixels along a side of the patch

// Copies as 64-bit numbers, in arrays that are constants: see dense.js.
const kernel64 = new Float64Array(TAPS * TAPS * FILTERS);
const bias64 = new Float64Array(FILTERS);
const patch = new Float64Array(PATCH_SIDE * PATCH_SIDE);
const sums = new Float64Array(4 * FILTERS); // at the four places of a patch
const kernelGradient64 = new Float64Array(FILTERS * TAPS * TAPS); // filter by filter

export function setKernel(kernel, bias) {
  kernel64.set(kernel);
  bias64.set(bias);
}

// Returns the sums at the four places of a patch, all filters of a place together; they are
// valid until the next call. `corner`: the index of the patch's first pixel.
export function convolvePatch(pixels, corner) {
  for (let place = 0; place < 4; place++) sums.set(bias64, place * FILTERS);
  if (!readPatch(pixels, corner)) return sums;
  for (let row = 0; row < PATCH_SIDE; row++) {
    if (isBlankRow(row)) continue;
    if (row < TAPS) addKernelRow(row, row, 0);
    if (row > 0) addKernelRow(row, row - 1, 2 * FILTERS);
  }
  return sums;
}

// Copies the pixels of a patch; returns false if all are 0.
function readPatch(pixels, corner) {
  let inked = false;
  for (let row = 0; row < PATCH_SIDE; row++) {
    for (let column = 0; column < PATCH_SIDE; column++) {
      const pixel = pixels[corner + row * SIDE + column];
      patch[row * PATCH_SIDE + column] = pixel;
      if (pixel !== 0) inked = true;
    }
  }
  return inked;
}

function isBlankRow(row) {
  const first = row * PATCH_SIDE;
  for (let i = first; i < first + PATCH_SIDE; i++) if (patch[i] !== 0) return false;
  return true;
}

// Adds a row of the kernels times a row of six pixels to two neighbouring places.
function addKernelRow(row, kernelRow, place) {
  const first = row * PATCH_SIDE;
  const a = patch[first];
  const b = patch[first + 1];
  const c = patch[first + 2];
  const d = patch[first + 3];
  const e = patch[first + 4];
  const f = patch[first + 5];
  const tap = kernelRow * TAPS * FILTERS;
  for (let filter = 0; filter < FILTERS; filter++) {
    const v = kernel64[tap + filter];
    const w = kernel64[tap + FILTERS + filter];
    const x = kernel64[tap + 2 * FILTERS + filter];
    const y = kernel64[tap + 3 * FILTERS + filter];
    const z = kernel64[tap + 4 * FILTERS + filter];
    sums[place + filter] += a * v + b * w + c * x + d * y + e * z;
    sums[place + FILTERS + filter] += b * v + c * w + d * x + e * y + f * z;
  }
}

// The backward pass. A tap's gradient is the pixel below it times the gradient of the place; only the
// place that won in max pooling has one. `winners`: for each filter the place, 0 to 3, or more if no
// place was above 0.
export function addPatchGradient(pixels, corner, gradients, winners, at) {
  if (!readPatch(pixels, corner)) return;
  for (let filter = 0; filter < FILTERS; filter++) {
    const gradient = gradients[at + filter];
    if (gradient === 0) continue;
    const winner = winners[at + filter];
    let pixel = (winner >> 1) * PATCH_SIDE + (winner & 1);
    let tap = filter * TAPS * TAPS;
    for (let row = 0; row < TAPS; row++) {
      kernelGradient64[tap] += gradient * patch[pixel];
      kernelGradient64[tap + 1] += gradient * patch[pixel + 1];
      kernelGradient64[tap + 2] += gradient * patch[pixel + 2];
      kernelGradient64[tap + 3] += gradient * patch[pixel + 3];
      kernelGradient64[tap + 4] += gradient * patch[pixel + 4];
      pixel += PATCH_SIDE;
      tap += TAPS;
    }
  }
}

// Writes what all patches added up, in Keras's order, and begins again at 0.
export function takeKernelGradient(kernelGradient) {
  for (let i = 0; i < kernelGradient.length; i++) {
    const tap = Math.floor(i / FILTERS);
    kernelGradient[i] = kernelGradient64[(i % FILTERS) * TAPS * TAPS + tap];
  }
  kernelGradient64.fill(0);
}
