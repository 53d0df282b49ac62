// Dense(units): each output is a weighted sum of all inputs and a bias.
//
// `inputs` come in blocks of `features` numbers, one block of every digit before the next block. In
// the hidden layer a block has the 32 filters of a pooled cell: the part of the kernel that belongs to
// it, 16 KB, stays in the processor's fastest cache for the whole batch. A batch has one more slot than
// digits: the last is blank, its inputs and outputs are 0, and it fills up groups of four.
//
// The inputs are 0 or come out of a relu, and about half of them are 0. These add nothing to an output
// and nothing to a weight's gradient, and the relu passes none of their own: both passes skip them.

export function denseForward({ inputs, kernel, bias, slots, features, units }, outputs) {
  const digits = slots - 1;
  for (let i = 0; i < digits * units; i++) outputs[i] = bias[i % units];
  const active = { rows: new Int32Array(features + 8), values: new Float64Array(features + 8) };
  const blocks = inputs.length / (slots * features);
  for (let block = 0; block < blocks; block++) {
    for (let slot = 0; slot < digits; slot++) {
      const from = (block * slots + slot) * features;
      const count = collectInputs(inputs, from, features, block * features, units, active);
      for (let i = 0; i < count; i += 8) addEightRows(kernel, active, i, outputs, slot * units, units);
    }
  }
}

// Lists the inputs that are not 0, and where in the kernel the row of their weights begins. The list
// is filled up to a multiple of eight by a row times 0.
function collectInputs(inputs, from, features, firstRow, units, { rows, values }) {
  let count = 0;
  for (let feature = 0; feature < features; feature++) {
    const value = inputs[from + feature];
    if (value === 0) continue;
    rows[count] = (firstRow + feature) * units;
    values[count++] = value;
  }
  while (count % 8) {
    rows[count] = firstRow * units;
    values[count++] = 0;
  }
  return count;
}

// Eight rows at a time: each output is read and written an eighth as often.
function addEightRows(kernel, { rows, values }, i, outputs, output, units) {
  const a = rows[i];
  const b = rows[i + 1];
  const c = rows[i + 2];
  const d = rows[i + 3];
  const e = rows[i + 4];
  const f = rows[i + 5];
  const g = rows[i + 6];
  const h = rows[i + 7];
  const p = values[i];
  const q = values[i + 1];
  const r = values[i + 2];
  const s = values[i + 3];
  const t = values[i + 4];
  const u = values[i + 5];
  const v = values[i + 6];
  const w = values[i + 7];
  for (let unit = 0; unit < units; unit++) {
    outputs[output + unit] +=
      p * kernel[a + unit] +
      q * kernel[b + unit] +
      r * kernel[c + unit] +
      s * kernel[d + unit] +
      t * kernel[e + unit] +
      u * kernel[f + unit] +
      v * kernel[g + unit] +
      w * kernel[h + unit];
  }
}

// The backward pass. A weight's gradient is its input times the gradient of its output, added up over
// the batch. An input's gradient is the sum of its weights times the gradients of their outputs.
export function denseBackward(layer, outputGradient, gradients, inputGradient) {
  const { inputs, slots, features, units } = layer;
  gradients.bias.fill(0);
  for (let i = 0; i < outputGradient.length; i++) gradients.bias[i % units] += outputGradient[i];
  gradients.kernel.fill(0);
  inputGradient.fill(0);
  const active = new Int32Array(slots + 4);
  const blocks = inputs.length / (slots * features);
  for (let row = 0; row < blocks * features; row++) {
    const from = Math.floor(row / features) * slots * features + (row % features);
    const count = collectSlots(inputs, from, features, slots, active);
    for (let i = 0; i < count; i += 4)
      backwardFourDigits(layer, row * units, from, active, i, outputGradient, gradients.kernel, inputGradient);
  }
}

// Lists the digits for which an input is not 0, filled up to a multiple of four by the blank digit.
function collectSlots(inputs, from, features, slots, active) {
  let count = 0;
  for (let slot = 0; slot < slots; slot++)
    if (inputs[from + slot * features] !== 0) active[count++] = slot;
  while (count % 4) active[count++] = slots - 1;
  return count;
}

// Both products at once, for one input of four digits.
function backwardFourDigits(
  { inputs, kernel, features, units },
  weight,
  from,
  active,
  i,
  outputGradient,
  kernelGradient,
  inputGradient,
) {
  const a = active[i];
  const b = active[i + 1];
  const c = active[i + 2];
  const d = active[i + 3];
  const p = inputs[from + a * features];
  const q = inputs[from + b * features];
  const r = inputs[from + c * features];
  const s = inputs[from + d * features];
  const atA = a * units;
  const atB = b * units;
  const atC = c * units;
  const atD = d * units;
  let sumA = 0;
  let sumB = 0;
  let sumC = 0;
  let sumD = 0;
  for (let unit = 0; unit < units; unit++) {
    const w = kernel[weight + unit];
    const gradientA = outputGradient[atA + unit];
    const gradientB = outputGradient[atB + unit];
    const gradientC = outputGradient[atC + unit];
    const gradientD = outputGradient[atD + unit];
    kernelGradient[weight + unit] += p * gradientA + q * gradientB + r * gradientC + s * gradientD;
    sumA += w * gradientA;
    sumB += w * gradientB;
    sumC += w * gradientC;
    sumD += w * gradientD;
  }
  inputGradient[from + a * features] = sumA;
  inputGradient[from + b * features] = sumB;
  inputGradient[from + c * features] = sumC;
  inputGradient[from + d * features] = sumD;
}
