// Small helpers for the page: elements, numbers in words, colours of the theme.

export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// Puts words into an element that holds nothing else. What stands there already is left alone: the
// browser need not lay it out again.
export function write(element, words) {
  const text = element.firstChild;
  if (!text) element.textContent = words;
  else if (text.data !== words) text.data = words;
}

export function number(value, digits = 2) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

// No answer is rounded to certainty.
export const percent = (share) =>
  share > 0.9995 ? ">\u00a099.9\u00a0%" : `${(100 * share).toFixed(1)}\u00a0%`;

// The style sheet names the colours, for light and for dark.
export function themeColours(root) {
  const style = getComputedStyle(root);
  return Object.fromEntries(
    ["ink", "positive", "negative"].map((name) => {
      const hex = style.getPropertyValue(`--digit-pad-${name}`).trim();
      return [name, [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16))];
    }),
  );
}

// Calls back when the reader switches between light and dark; returns how to stop that.
export function whenThemeChanges(call) {
  const observer = new MutationObserver(call);
  const watched = {
    attributes: true,
    attributeFilter: ["data-theme", "data-jp-theme-light", "theme"],
  };
  observer.observe(document.documentElement, watched);
  observer.observe(document.body, watched);
  return () => observer.disconnect();
}

// Runs `step(i)` for i from 0 to count - 1 in slices, so that the page stays awake.
// Resolves to false where `stopped()` says that nobody waits for it any more.
export async function inSlices(count, step, stopped, progress) {
  let i = 0;
  while (i < count) {
    if (stopped()) return false;
    const until = performance.now() + 12;
    while (i < count && performance.now() < until) step(i++);
    progress(i);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return true;
}
