import { element } from "../dom.js";
import { SETTINGS } from "./settings.js";

// One control for each setting, each with a link to the lesson that explains it.

// `lessonLink(lesson)` returns an address; `onChange(settings)` is called when the reader chooses.
export function settingsForm(lessonLink, onChange) {
  const selects = {};
  const form = element("div", {
    className: "watch-it-learn__settings",
    role: "group",
    "aria-label": "Settings",
  });
  for (const { name, label, lesson, choices } of SETTINGS) {
    const options = choices.map(({ value, text }) => element("option", { value, textContent: text }));
    const select = element("select", { name, onchange: () => onChange(read()) }, ...options);
    const title = element("label", {}, element("span", { textContent: label }), select);
    const number = Number(lesson.slice(0, 2));
    const link = element("a", {
      href: lessonLink(lesson),
      textContent: `Lesson ${number}`,
      "aria-label": `Lesson ${number} explains: ${label}`,
    });
    selects[name] = select;
    form.append(element("div", {}, title, link));
  }

  function read() {
    const chosen = SETTINGS.map(({ name, choices }) => {
      return [name, choices[selects[name].selectedIndex].value];
    });
    return Object.fromEntries(chosen);
  }

  return {
    form,
    read,
    show(settings) {
      for (const { name } of SETTINGS) selects[name].value = settings[name];
    },
  };
}
