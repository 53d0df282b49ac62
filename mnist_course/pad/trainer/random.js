// Random numbers from a seed: the same seed gives the same run (Mulberry32, by Tommy Ettinger).

export function randomNumbers(seed) {
  const state = Uint32Array.of(seed); // a variable that large would be allocated anew in each call
  return () => {
    state[0] += 0x6d2b79f5;
    let mixed = Math.imul(state[0] ^ (state[0] >>> 15), state[0] | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

// Brings a list into random order (Fisher and Yates).
export function shuffle(list, random) {
  for (let last = list.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const kept = list[last];
    list[last] = list[other];
    list[other] = kept;
  }
  return list;
}
