// Small helpers for the page: elements, formatted numbers, colours of the theme.

export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// Sets the text of an element that contains only text. An unchanged text is not written again, so
// that the browser does not repeat the layout.
export function setText(element, text) {
  const node = element.firstChild;
  if (!node) element.textContent = text;
  else if (node.data !== text) node.data = text;
}

export function formatNumber(value, digits = 2) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

// A probability is never rounded up to 100 %.
export const percent = (share) =>
  share > 0.9995 ? ">\u00a099.9\u00a0%" : `${(100 * share).toFixed(1)}\u00a0%`;

// The style sheet defines the colours, for light and for dark.
export function themeColours(root) {
  const style = getComputedStyle(root);
  return Object.fromEntries(
    ["ink", "positive", "negative"].map((name) => {
      const hex = style.getPropertyValue(`--digit-pad-${name}`).trim();
      return [name, [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16))];
    }),
  );
}

// Calls `call` when the page switches between light and dark; returns a function that stops this.
export function onThemeChange(call) {
  const observer = new MutationObserver(call);
  const options = {
    attributes: true,
    attributeFilter: ["data-theme", "data-jp-theme-light", "theme"],
  };
  observer.observe(document.documentElement, options);
  observer.observe(document.body, options);
  return () => observer.disconnect();
}

// Runs `step(i)` for i from 0 to count - 1 in slices of 12 ms, so that the page stays responsive.
// Resolves to false if `cancelled()` returned true before the end.
export async function runInSlices(count, step, cancelled, onProgress) {
  let i = 0;
  while (i < count) {
    if (cancelled()) return false;
    const until = performance.now() + 12;
    while (i < count && performance.now() < until) step(i++);
    onProgress(i);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return true;
}
