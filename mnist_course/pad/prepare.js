// What the makers of MNIST did to every digit: scale it into 20x20, centre its mass in 28x28.

const FIELD = 28;
const INNER = 20;
// Counted from 0, the centres of mass of MNIST's own digits lie between 13.5 and 14.5.
const CENTRE = 14;

// `ink`: size x size numbers, 0 (paper) to 255 (ink). Returns null where there is no ink.
export function prepare(ink, size) {
  const box = boundingBox(ink, size);
  if (!box) return null;
  const longer = Math.max(box.width, box.height);
  const width = Math.max(1, Math.round((INNER * box.width) / longer));
  const height = Math.max(1, Math.round((INNER * box.height) / longer));
  const scaled = shrink(ink, size, box, width, height);
  const mass = centreOfMass(scaled, width, height);
  const left = Math.round(CENTRE - mass.column);
  const top = Math.round(CENTRE - mass.row);
  const image = new Uint8Array(FIELD * FIELD);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [y, x] = [row + top, column + left];
      if (y < 0 || y >= FIELD || x < 0 || x >= FIELD) continue;
      image[y * FIELD + x] = Math.round(scaled[row * width + column]);
    }
  }
  return { box, scaled, width, height, mass, left, top, image };
}

function boundingBox(ink, size) {
  let [top, bottom, left, right] = [size, -1, size, -1];
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (ink[row * size + column] < 32) continue; // the faint rim of a stroke
      if (row < top) top = row;
      bottom = row;
      if (column < left) left = column;
      if (column > right) right = column;
    }
  }
  return bottom < 0 ? null : { top, left, width: right - left + 1, height: bottom - top + 1 };
}

// Each new pixel is the mean of the ink it covers: that is where MNIST's grey rims come from.
function shrink(ink, size, box, width, height) {
  const wide = size + 1;
  const sums = new Float64Array(wide * wide); // ink above and to the left of each corner
  for (let row = 0; row < size; row++) {
    let line = 0;
    for (let column = 0; column < size; column++) {
      line += ink[row * size + column];
      sums[(row + 1) * wide + column + 1] = sums[row * wide + column + 1] + line;
    }
  }
  const sumAt = (y, x) => {
    const [row, column] = [Math.min(Math.floor(y), size - 1), Math.min(Math.floor(x), size - 1)];
    const [v, u] = [y - row, x - column];
    const at = row * wide + column;
    return (
      (1 - v) * ((1 - u) * sums[at] + u * sums[at + 1]) +
      v * ((1 - u) * sums[at + wide] + u * sums[at + wide + 1])
    );
  };
  const [tall, broad] = [box.height / height, box.width / width];
  return Float32Array.from({ length: width * height }, (_, i) => {
    const y = box.top + Math.floor(i / width) * tall;
    const x = box.left + (i % width) * broad;
    const total =
      sumAt(y + tall, x + broad) - sumAt(y, x + broad) - sumAt(y + tall, x) + sumAt(y, x);
    return total / (tall * broad);
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
