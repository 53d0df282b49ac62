import { element, percent, setText } from "./dom.js";

// Ten probabilities, as bars and as text.

export function probabilityBars(label) {
  const rows = Array.from({ length: 10 }, (_, digit) => {
    const fill = element("span", { className: "digit-pad__fill" });
    const value = element("span", { className: "digit-pad__value" });
    const track = element("span", { className: "digit-pad__track", "aria-hidden": "true" }, fill);
    const row = element("li", {}, element("span", { textContent: digit }), track, value);
    return { row, fill, value };
  });
  const list = element("ul", { className: "digit-pad__bars", "aria-label": label });
  list.append(...rows.map(({ row }) => row));

  // `probabilities`: ten numbers that add up to 1, or null for a blank image.
  function show(probabilities) {
    const predicted = probabilities ? ranking(probabilities)[0] : -1;
    rows.forEach(({ row, fill, value }, digit) => {
      const probability = probabilities?.[digit] ?? 0;
      fill.style.width = `${100 * probability}%`;
      setText(value, probabilities ? percent(probability) : "–");
      row.classList.toggle("digit-pad__predicted", digit === predicted);
    });
  }
  show(null);
  return { list, show };
}

// The digits, the most probable first.
export function ranking(probabilities) {
  return [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
}

// The prediction as a sentence with its probability. `label`: a sample digit's label, or null.
export function predictionText(probabilities, label = null) {
  const [first, second] = ranking(probabilities);
  const [highest, next] = [probabilities[first], probabilities[second]];
  let text = `Uncertain: ${first} (${percent(highest)}) or ${second} (${percent(next)}).`;
  if (highest >= 0.6)
    text = `Probably ${first} (${percent(highest)}). Second: ${second} (${percent(next)}).`;
  if (highest >= 0.9) text = `Prediction: ${first} (${percent(highest)}).`;
  if (label === null) return text;
  return `${text} Label:\u00a0${label}, ${label === first ? "right" : "wrong"}.`;
}
