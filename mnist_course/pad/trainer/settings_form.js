import { element } from "../dom.js";
import { DEFAULTS } from "./settings.js";

// One control for each setting, each with a link to the lesson that explains it.

// `offered`: the settings, see settings.js. `lessonLink(lesson)` returns an address, or null for none.
// `onChange(settings)` is called when the reader chooses.
export function settingsForm(offered, lessonLink, onChange) {
  const selects = {};
  const form = element("div", {
    className: "watch-it-learn__settings",
    role: "group",
    "aria-label": "Settings",
  });
  for (const { name, label, lesson, choices } of offered) {
    const options = choices.map(({ value, text }) => element("option", { value, textContent: text }));
    const select = element("select", { name, onchange: () => onChange(read()) }, ...options);
    const title = element("label", {}, element("span", { textContent: label }), select);
    selects[name] = select;
    const control = form.appendChild(element("div", {}, title));
    const href = lessonLink(lesson);
    if (!href) continue;
    const textContent = `Lesson ${Number(lesson.slice(0, 2))}`;
    const link = element("a", { href, textContent, "aria-label": `${textContent} explains: ${label}` });
    control.append(link);
  }

  function read() {
    const chosen = offered.map(({ name, choices }) => {
      return [name, choices[selects[name].selectedIndex].value];
    });
    return { ...DEFAULTS, ...Object.fromEntries(chosen) };
  }

  return {
    form,
    read,
    show(settings) {
      for (const { name } of offered) selects[name].value = settings[name];
    },
  };
}
