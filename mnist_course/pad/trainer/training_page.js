import { loadDigits } from "./digits.js";
import { queryOf, settingsFromQuery } from "./settings.js";
import { mountTraining } from "./training.js";

// The page "Watch it learn" of the book. The settings stand in its address.

function mountPage(root) {
  const training = mountTraining(root, {
    load: loadDigits,
    missing: "Check that the book's folder is complete.",
    lessonLink: (lesson) => root.dataset.link.replace("LESSON", lesson),
    chosen: settingsFromQuery(location.search),
    onSettings: (settings) =>
      history.replaceState(null, "", location.pathname + queryOf(settings) + location.hash),
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest('main a[href^="?"]');
    if (!link) return;
    event.preventDefault();
    training.choose(settingsFromQuery(link.getAttribute("href")));
  });
}

document.querySelectorAll(".watch-it-learn").forEach(mountPage);
