import { decodeBase64, loadData } from "../load.js";
import { inflate } from "../network.js";

// The digits of the sample, and the code of the worker that trains on them. They are loaded when the
// reader presses Train.

const HELD_OUT = 1000; // the last of the digits

export async function loadDigits() {
  const { data, labels, code } = await loadData("digits");
  const images = new Uint8Array(await inflate(decodeBase64(data)));
  const digits = Uint8Array.from(labels, Number);
  const first = digits.length - HELD_OUT;
  return {
    code,
    training: { images: images.slice(0, first * 784), labels: digits.slice(0, first) },
    heldOut: { images: images.slice(first * 784), labels: digits.slice(first) },
  };
}
