import { FILTERS } from "./convolution.js";

// relu and MaxPooling2D(): the largest of four neighbours in each feature map, or 0.

export const NO_WINNER = 4;

// `sums`: a filter's sums at the four places of a patch. Writes the largest of each filter into
// `pooled`, and which place it was into `winners`; of equal ones the first.
export function poolPatch(sums, pooled, winners, at) {
  for (let filter = 0; filter < FILTERS; filter++) {
    let largest = 0;
    let winner = NO_WINNER;
    for (let place = 0; place < 4; place++) {
      const sum = sums[place * FILTERS + filter];
      if (sum > largest) {
        largest = sum;
        winner = place;
      }
    }
    pooled[at + filter] = largest;
    winners[at + filter] = winner;
  }
}

// The backward pass: the winner's gradient is that of the pooled value. Where no place was above 0,
// relu lets no gradient pass.
export function poolBackward(gradients, winners) {
  for (let i = 0; i < gradients.length; i++) if (winners[i] === NO_WINNER) gradients[i] = 0;
}
