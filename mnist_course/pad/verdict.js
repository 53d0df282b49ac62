import { element, percent, write } from "./elements.js";

// Ten probabilities, as bars and in words.

export function bars(label) {
  const rows = Array.from({ length: 10 }, (_, digit) => {
    const fill = element("span", { className: "digit-pad__fill" });
    const value = element("span", { className: "digit-pad__value" });
    const track = element("span", { className: "digit-pad__track", "aria-hidden": "true" }, fill);
    const row = element("li", {}, element("span", { textContent: digit }), track, value);
    return { row, fill, value };
  });
  const list = element("ul", { className: "digit-pad__bars", "aria-label": label });
  list.append(...rows.map(({ row }) => row));

  // `probabilities`: ten numbers that add up to 1, or null where there is nothing to say.
  function show(probabilities) {
    const winner = probabilities ? ranking(probabilities)[0] : -1;
    rows.forEach(({ row, fill, value }, digit) => {
      const share = probabilities?.[digit] ?? 0;
      fill.style.width = `${100 * share}%`;
      write(value, probabilities ? percent(share) : "–");
      row.classList.toggle("digit-pad__winner", digit === winner);
    });
  }
  show(null);
  return { list, show };
}

// The digits, the most probable first.
export function ranking(probabilities) {
  return [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
}

// What the network says, no surer than it is. `label`: what a sample digit is, or null.
export function verdict(probabilities, label = null) {
  const [first, second] = ranking(probabilities);
  const [much, less] = [probabilities[first], probabilities[second]];
  let words = `It is torn: ${first} (${percent(much)}) or ${second} (${percent(less)})?`;
  if (much >= 0.6)
    words = `It leans to ${first} (${percent(much)}). Next comes ${second} (${percent(less)}).`;
  if (much >= 0.9) words = `The network says ${first} (${percent(much)}).`;
  if (label === null) return words;
  return `${words} ${label === first ? `The label says ${label} too.` : `The label says ${label}: it misreads this one.`}`;
}
