// Dense(units): each output is a weighted sum of all inputs and a bias.
//
// `inputs` come in blocks of `features` numbers, one block of every digit before the next block. In
// the hidden layer a block has the 32 filters of a pooled cell: the part of the kernel that belongs to
// it stays in the processor's fastest cache for the whole batch. A batch has one more slot than digits:
// the last is blank, its inputs and outputs are 0, and it fills up groups of four.
//
// The inputs are 0 or come out of a relu, and about half of them are 0. These add nothing to an output
// and nothing to a weight's gradient, and the relu passes none of their own: both passes skip them.

export const LARGEST_BATCH = 600;
const [MOST_WEIGHTS, MOST_UNITS] = [4096, 128]; // of a block; of a layer

// JavaScript computes with 64-bit numbers. What is used often is copied into such numbers once, and
// into arrays that are constants, because the browser's compiler knows their place and length.
const weights64 = new Float64Array(MOST_WEIGHTS);
const rowGradient64 = new Float64Array(MOST_UNITS);
const outputs64 = new Float64Array((LARGEST_BATCH + 1) * MOST_UNITS); // or their gradients
// The inputs that are not 0: their values, their gradients, and where their outputs or weights begin.
const activeInputs = new Float64Array(LARGEST_BATCH + 6);
const activeGradients = new Float64Array(LARGEST_BATCH + 6);
const starts = new Int32Array(LARGEST_BATCH + 6);

export function denseForward({ inputs, kernel, bias, slots, features, units }, outputs) {
  const digits = slots - 1;
  for (let i = 0; i < digits * units; i++) outputs64[i] = bias[i % units];
  const blocks = inputs.length / (slots * features);
  for (let block = 0; block < blocks; block++) {
    const firstWeight = block * features * units;
    for (let i = 0; i < features * units; i++) weights64[i] = kernel[firstWeight + i];
    for (let slot = 0; slot < digits; slot++) {
      const count = collectInputs(inputs, (block * slots + slot) * features, features, units);
      for (let i = 0; i < count; i += 6) addSixRows(i, slot * units, units);
    }
  }
  for (let i = 0; i < digits * units; i++) outputs[i] = outputs64[i];
}

// Lists the inputs of a digit that are not 0, and where the rows of their weights begin; filled up to
// a multiple of six by a row times 0.
function collectInputs(inputs, from, features, units) {
  let count = 0;
  for (let feature = 0; feature < features; feature++) {
    const value = inputs[from + feature];
    if (value === 0) continue;
    activeInputs[count] = value;
    starts[count++] = feature * units;
  }
  while (count % 6) {
    activeInputs[count] = 0;
    starts[count++] = 0;
  }
  return count;
}

// Six rows at a time: each output is read and written a sixth as often.
function addSixRows(i, output, units) {
  const a = starts[i];
  const b = starts[i + 1];
  const c = starts[i + 2];
  const d = starts[i + 3];
  const e = starts[i + 4];
  const f = starts[i + 5];
  const p = activeInputs[i];
  const q = activeInputs[i + 1];
  const r = activeInputs[i + 2];
  const s = activeInputs[i + 3];
  const t = activeInputs[i + 4];
  const u = activeInputs[i + 5];
  for (let unit = 0; unit < units; unit++)
    outputs64[output + unit] +=
      p * weights64[a + unit] +
      q * weights64[b + unit] +
      r * weights64[c + unit] +
      s * weights64[d + unit] +
      t * weights64[e + unit] +
      u * weights64[f + unit];
}

// The backward pass. A weight's gradient is its input times the gradient of its output, added up over
// the batch. An input's gradient is the sum of its weights times the gradients of their outputs.
export function denseBackward(layer, outputGradient, gradients, inputGradient) {
  const { inputs, kernel, slots, features, units } = layer;
  outputs64.set(outputGradient);
  gradients.bias.fill(0);
  for (let i = 0; i < outputGradient.length; i++) gradients.bias[i % units] += outputGradient[i];
  inputGradient.fill(0);
  const blocks = inputs.length / (slots * features);
  for (let row = 0; row < blocks * features; row++) {
    const from = Math.floor(row / features) * slots * features + (row % features);
    const count = collectSlots(inputs, from, features, slots, units);
    const weight = row * units;
    for (let unit = 0; unit < units; unit++) {
      weights64[unit] = kernel[weight + unit];
      rowGradient64[unit] = 0;
    }
    for (let i = 0; i < count; i += 4) backwardFourDigits(i, units);
    for (let unit = 0; unit < units; unit++)
      gradients.kernel[weight + unit] = rowGradient64[unit];
    for (let i = 0; i < count; i++) inputGradient[from + (starts[i] / units) * features] = activeGradients[i];
  }
}

// Lists the digits for which an input is not 0, filled up to a multiple of four by the blank digit.
function collectSlots(inputs, from, features, slots, units) {
  let count = 0;
  for (let slot = 0; slot < slots; slot++) {
    const value = inputs[from + slot * features];
    if (value === 0) continue;
    activeInputs[count] = value;
    starts[count++] = slot * units;
  }
  while (count % 4) {
    activeInputs[count] = 0;
    starts[count++] = (slots - 1) * units;
  }
  return count;
}

// Both products at once, for one input of four digits.
function backwardFourDigits(i, units) {
  const a = starts[i];
  const b = starts[i + 1];
  const c = starts[i + 2];
  const d = starts[i + 3];
  const p = activeInputs[i];
  const q = activeInputs[i + 1];
  const r = activeInputs[i + 2];
  const s = activeInputs[i + 3];
  let sumA = 0;
  let sumB = 0;
  let sumC = 0;
  let sumD = 0;
  for (let unit = 0; unit < units; unit++) {
    const weight = weights64[unit];
    const gradientA = outputs64[a + unit];
    const gradientB = outputs64[b + unit];
    const gradientC = outputs64[c + unit];
    const gradientD = outputs64[d + unit];
    rowGradient64[unit] += p * gradientA + q * gradientB + r * gradientC + s * gradientD;
    sumA += weight * gradientA;
    sumB += weight * gradientB;
    sumC += weight * gradientC;
    sumD += weight * gradientD;
  }
  activeGradients[i] = sumA;
  activeGradients[i + 1] = sumB;
  activeGradients[i + 2] = sumC;
  activeGradients[i + 3] = sumD;
}
