// The preparation of MNIST's digits: scale to 20x20, then place the centre of mass in the middle of
// 28x28.

const IMAGE_SIZE = 28;
const DIGIT_SIZE = 20;
// Counted from 0, the centres of mass of MNIST's own digits lie between 13.5 and 14.5.
const CENTRE = 14;

// `ink`: size x size numbers, 0 (blank) to 255 (ink). Returns null if there is no ink.
export function prepare(ink, size) {
  const box = boundingBox(ink, size);
  if (!box) return null;
  const longer = Math.max(box.width, box.height);
  const width = Math.max(1, Math.round((DIGIT_SIZE * box.width) / longer));
  const height = Math.max(1, Math.round((DIGIT_SIZE * box.height) / longer));
  const scaled = shrink(ink, size, box, width, height);
  const mass = centreOfMass(scaled, width, height);
  const left = Math.round(CENTRE - mass.column);
  const top = Math.round(CENTRE - mass.row);
  const image = new Uint8Array(IMAGE_SIZE * IMAGE_SIZE);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [y, x] = [row + top, column + left];
      if (y < 0 || y >= IMAGE_SIZE || x < 0 || x >= IMAGE_SIZE) continue;
      image[y * IMAGE_SIZE + x] = Math.round(scaled[row * width + column]);
    }
  }
  return { box, scaled, width, height, mass, left, top, image };
}

function boundingBox(ink, size) {
  let [top, bottom, left, right] = [size, -1, size, -1];
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (ink[row * size + column] < 32) continue; // the faint edge of a stroke
      if (row < top) top = row;
      bottom = row;
      if (column < left) left = column;
      if (column > right) right = column;
    }
  }
  return bottom < 0 ? null : { top, left, width: right - left + 1, height: bottom - top + 1 };
}

// Each new pixel is the mean of the ink in its area, which makes edges grey, as in MNIST.
function shrink(ink, size, box, width, height) {
  const stride = size + 1;
  const sums = new Float64Array(stride * stride); // ink above and to the left of each corner
  for (let row = 0; row < size; row++) {
    let rowSum = 0;
    for (let column = 0; column < size; column++) {
      rowSum += ink[row * size + column];
      sums[(row + 1) * stride + column + 1] = sums[row * stride + column + 1] + rowSum;
    }
  }
  const sumAt = (y, x) => {
    const [row, column] = [Math.min(Math.floor(y), size - 1), Math.min(Math.floor(x), size - 1)];
    const [v, u] = [y - row, x - column];
    const at = row * stride + column;
    return (
      (1 - v) * ((1 - u) * sums[at] + u * sums[at + 1]) +
      v * ((1 - u) * sums[at + stride] + u * sums[at + stride + 1])
    );
  };
  const [cellHeight, cellWidth] = [box.height / height, box.width / width];
  return Float32Array.from({ length: width * height }, (_, i) => {
    const y = box.top + Math.floor(i / width) * cellHeight;
    const x = box.left + (i % width) * cellWidth;
    const total =
      sumAt(y + cellHeight, x + cellWidth) -
      sumAt(y, x + cellWidth) -
      sumAt(y + cellHeight, x) +
      sumAt(y, x);
    return total / (cellHeight * cellWidth);
  });
}

function centreOfMass(values, width, height) {
  let [total, rows, columns] = [0, 0, 0];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const value = values[row * width + column];
      total += value;
      rows += value * row;
      columns += value * column;
    }
  }
  return { row: rows / total, column: columns / total };
}
