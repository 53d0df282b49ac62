// Unfolds the answer below a prediction (_ext/your_turn.py) and says how far off the prediction was.
// Nothing is sent or stored.
const format = (number, digits) =>
  number.toLocaleString("en", { maximumSignificantDigits: digits }).replace("-", "−");

function compareNumbers(predicted, answer, unit) {
  if (predicted === answer) return "Right.";
  const off = predicted - answer;
  const share = Math.abs((100 * off) / answer);
  const points = unit === "%" ? " percentage points" : "";
  let text = `You: ${format(predicted, 9)}. Answer: ${`${format(answer, 9)} ${unit}`.trim()}. `;
  text += `You were ${format(Math.abs(off), 9)}${points} too ${off > 0 ? "high" : "low"}`;
  if (points || !answer) return `${text}.`;
  if (share <= 200) return `${text} (${format(share, 2)} %).`;
  return `${text} (${format(predicted / answer, 2)} times the answer).`;
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest(".your-turn");
  if (!form) return;
  event.preventDefault();
  const details = form.nextElementSibling;
  const { answer, unit = "", choices } = details.dataset;
  const [predicted] = new FormData(form).values();
  const result = form.querySelector("[role=status]");
  details.open = true;
  if (!choices) result.textContent = compareNumbers(Number(predicted), Number(answer), unit);
  else if (predicted === answer) result.textContent = "Right.";
  else result.textContent = `Not this time: the answer is “${answer}”.`;
});
