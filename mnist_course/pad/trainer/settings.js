// What the reader can change about a run. The defaults are the guide's; each other choice is a mistake
// to try. The settings stand in the page's address, so that a run can be shared as a link.

const LESSON_3 = "03-normalize";
const LESSON_5 = "05-build";
const LESSON_6 = "06-train";

const number = (value) => ({ value, text: value.toLocaleString("en", { maximumFractionDigits: 4 }) });
const numbers = (...values) => values.map(number);
const yesOrNo = [
  { value: "yes", text: "yes" },
  { value: "no", text: "no" },
];

// The first choice is the guide's. `lesson`: where the setting is explained.
export const SETTINGS = [
  {
    name: "pixels",
    label: "Pixels",
    lesson: LESSON_3,
    choices: [
      { value: "1", text: "0 to 1" },
      { value: "255", text: "0 to 255" },
    ],
  },
  { name: "hidden", label: "Hidden layer", lesson: LESSON_5, choices: yesOrNo },
  { name: "dropout", label: "Dropout", lesson: LESSON_5, choices: yesOrNo },
  {
    name: "optimizer",
    label: "Optimizer",
    lesson: LESSON_6,
    choices: [
      { value: "adam", text: "Adam" },
      { value: "sgd", text: "SGD" },
    ],
  },
  {
    name: "rate",
    label: "Learning rate",
    lesson: LESSON_6,
    choices: numbers(0.001, 0.0001, 0.0003, 0.003, 0.01, 0.03, 0.1),
  },
  { name: "batch", label: "Batch size", lesson: LESSON_6, choices: numbers(150, 1, 10, 50, 600) },
  { name: "images", label: "Training images", lesson: LESSON_6, choices: numbers(4000, 1000, 300, 100) },
  {
    name: "labels",
    label: "Labels",
    lesson: LESSON_6,
    choices: [
      { value: "right", text: "right" },
      { value: "shuffled", text: "shuffled" },
    ],
  },
  { name: "epochs", label: "Epochs", lesson: LESSON_6, choices: numbers(5, 1, 20, 100) },
  { name: "seed", label: "Seed", lesson: LESSON_6, choices: numbers(1, 2, 3, 4, 5) },
];

export const DEFAULTS = Object.fromEntries(
  SETTINGS.map(({ name, choices }) => [name, choices[0].value]),
);

// Reads "?rate=0.01&batch=50"; whatever is not a choice is ignored.
export function settingsFromQuery(query) {
  const given = new URLSearchParams(query);
  const settings = { ...DEFAULTS };
  for (const { name, choices } of SETTINGS) {
    const chosen = choices.find(({ value }) => String(value) === given.get(name));
    if (chosen) settings[name] = chosen.value;
  }
  return settings;
}

// The settings that are not the guide's, as a query, or "" if all are.
export function queryOf(settings) {
  const changed = SETTINGS.filter(({ name }) => settings[name] !== DEFAULTS[name]);
  const query = new URLSearchParams(changed.map(({ name }) => [name, settings[name]]));
  return changed.length ? `?${query}` : "";
}

// Names a run by what differs from the guide's: "Learning rate 0.01, Batch size 50".
export function describe(settings) {
  const changed = SETTINGS.filter(({ name }) => settings[name] !== DEFAULTS[name]);
  if (!changed.length) return "the guide's settings";
  const text = ({ name, label, choices }) =>
    `${label} ${choices.find(({ value }) => value === settings[name]).text}`;
  return changed.map(text).join(", ").toLowerCase().replace("adam", "Adam").replace("sgd", "SGD");
}

const LONGEST_EPOCH = 30; // seconds
const FEWER = 1000;

// On a slow device, the number of images that keeps an epoch short.
export function imagesThatFit({ images, batch }, secondsPerStep) {
  const seconds = Math.ceil(images / batch) * secondsPerStep;
  return seconds > LONGEST_EPOCH ? Math.min(images, FEWER) : images;
}

// "3 s" or "2 min": how long a run takes.
export function duration(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))}\u00a0s`;
  return `${Math.round(seconds / 60)}\u00a0min`;
}
