// Conv2D(32, (5, 5)): each filter slides its kernel over the image.
//
// Max pooling compares the sums at 2 x 2 places, which together see a patch of 6 x 6 pixels.
// So both passes go from patch to patch. Most patches are blank, and blank pixels add nothing to a
// sum and nothing to a gradient. The kernel is in Keras's order: 25 taps, 32 filters each.

export const FILTERS = 32;
export const SIDE = 28; // pixels along a side of the image
const TAPS = 5; // pixels along a side of the kernel
const PATCH_SIDE = 6; // pixels along a side of the patch

// Writes the sums at the four places of a patch into `sums`, all filters of a place together.
// `corner`: the index of the patch's first pixel.
export function convolvePatch(pixels, corner, kernel, bias, sums) {
  for (let i = 0; i < sums.length; i++) sums[i] = bias[i % FILTERS];
  for (let row = 0; row < PATCH_SIDE; row++) {
    const at = corner + row * SIDE;
    if (isBlank(pixels, at)) continue;
    if (row < TAPS) addKernelRow(pixels, at, kernel, row, sums, 0);
    if (row > 0) addKernelRow(pixels, at, kernel, row - 1, sums, 2 * FILTERS);
  }
}

// Adds one row of the kernels times six pixels to two neighbouring places.
function addKernelRow(pixels, at, kernel, row, sums, place) {
  const a = pixels[at];
  const b = pixels[at + 1];
  const c = pixels[at + 2];
  const d = pixels[at + 3];
  const e = pixels[at + 4];
  const f = pixels[at + 5];
  const tap = row * TAPS * FILTERS;
  for (let filter = 0; filter < FILTERS; filter++) {
    const v = kernel[tap + filter];
    const w = kernel[tap + FILTERS + filter];
    const x = kernel[tap + 2 * FILTERS + filter];
    const y = kernel[tap + 3 * FILTERS + filter];
    const z = kernel[tap + 4 * FILTERS + filter];
    sums[place + filter] += a * v + b * w + c * x + d * y + e * z;
    sums[place + FILTERS + filter] += b * v + c * w + d * x + e * y + f * z;
  }
}

// The backward pass. A tap's gradient is the pixel below it times the gradient of the place; only the
// place that won in max pooling has one. `winners`: for each filter the place, 0 to 3, or more if no
// place was above 0.
export function addPatchGradient(pixels, corner, gradients, winners, at, kernelGradient) {
  if (isBlankPatch(pixels, corner)) return;
  for (let filter = 0; filter < FILTERS; filter++) {
    const gradient = gradients[at + filter];
    if (gradient === 0) continue;
    const winner = winners[at + filter];
    let pixel = corner + (winner >> 1) * SIDE + (winner & 1);
    let tap = filter * TAPS * TAPS;
    for (let row = 0; row < TAPS; row++) {
      kernelGradient[tap] += gradient * pixels[pixel];
      kernelGradient[tap + 1] += gradient * pixels[pixel + 1];
      kernelGradient[tap + 2] += gradient * pixels[pixel + 2];
      kernelGradient[tap + 3] += gradient * pixels[pixel + 3];
      kernelGradient[tap + 4] += gradient * pixels[pixel + 4];
      pixel += SIDE;
      tap += TAPS;
    }
  }
}

function isBlank(pixels, at) {
  for (let i = at; i < at + PATCH_SIDE; i++) if (pixels[i] !== 0) return false;
  return true;
}

function isBlankPatch(pixels, corner) {
  for (let row = 0; row < PATCH_SIDE; row++) if (!isBlank(pixels, corner + row * SIDE)) return false;
  return true;
}
