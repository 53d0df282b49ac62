import { setText } from "../dom.js";

// Curves of a run and, dashed, of the run before it, as SVG.

const [WIDTH, HEIGHT] = [420, 240];
const [LEFT, RIGHT, TOP, BOTTOM] = [48, 12, 10, 34];
const MOST_POINTS = 300; // of a curve; of more, neighbours are averaged

// `ticks`: values on the vertical axis, from the lowest to the highest; `logarithmic`: its scale.
export function curves({ label, unit, ticks, logarithmic = false }) {
  const svg = svgElement("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    "aria-label": label,
    class: "watch-it-learn__curves",
  });
  const frame = svg.appendChild(svgElement("g", {}));
  const lines = svg.appendChild(svgElement("g", {}));
  const level = logarithmic ? Math.log10 : (value) => value;
  const [lowest, highest] = [level(ticks[0]), level(ticks.at(-1))];

  function y(value) {
    const share = (level(Math.max(value, ticks[0])) - lowest) / (highest - lowest);
    return HEIGHT - BOTTOM - Math.min(1, share) * (HEIGHT - TOP - BOTTOM);
  }

  function drawFrame(epochs) {
    frame.replaceChildren();
    for (const tick of ticks) {
      frame.append(
        svgElement("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(tick), y2: y(tick) }),
        text(LEFT - 6, y(tick) + 4, `${tick}${unit}`, "end"),
      );
    }
    for (const epoch of epochTicks(epochs)) {
      const x = LEFT + (epoch / epochs) * (WIDTH - LEFT - RIGHT);
      frame.append(text(x, HEIGHT - BOTTOM + 18, epoch, "middle"));
    }
    frame.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 2, "epochs", "middle"));
  }

  // `series`: { points: [[epoch, value], ...], kind }; `kind` is a name for the style sheet.
  function show(series, epochs) {
    drawFrame(epochs);
    const x = (epoch) => LEFT + (epoch / epochs) * (WIDTH - LEFT - RIGHT);
    lines.replaceChildren(
      ...series.map(({ points, kind }) => {
        const places = thinOut(points).map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`);
        if (places.length === 1) places.push(places[0]); // a dot
        const className = `watch-it-learn__line watch-it-learn__${kind}`;
        return svgElement("polyline", { points: places.join(" "), class: className });
      }),
    );
  }

  return { svg, show, setLabel: (text) => svg.setAttribute("aria-label", text) };
}

// At most six whole epochs, from 0 to the last.
function epochTicks(epochs) {
  const step = Math.ceil(epochs / 5);
  return Array.from({ length: Math.floor(epochs / step) + 1 }, (_, i) => i * step);
}

// Means of neighbouring points, if there are many.
export function thinOut(points) {
  const size = Math.ceil(points.length / MOST_POINTS);
  const means = [];
  for (let first = 0; first < points.length; first += size) {
    const part = points.slice(first, first + size);
    means.push([0, 1].map((i) => part.reduce((sum, point) => sum + point[i], 0) / part.length));
  }
  return means;
}

function text(x, y, content, anchor) {
  const made = svgElement("text", { x, y, "text-anchor": anchor });
  setText(made, String(content));
  return made;
}

function svgElement(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
