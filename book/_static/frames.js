// A figure that moves: the range input below it shows one of the ready frames (_ext/figures.py).
document.addEventListener("DOMContentLoaded", () => {
  for (const box of document.querySelectorAll(".course-frames")) {
    const frames = JSON.parse(box.querySelector("script").textContent);
    const image = box.previousElementSibling;
    const [input, value, words] = ["input", "output", "p"].map((tag) => box.querySelector(tag));
    const show = () => {
      const frame = frames[input.value];
      image.src = "data:image/png;base64," + frame.png;
      image.alt = frame.alt;
      input.setAttribute("aria-valuetext", frame.value);
      value.textContent = frame.value;
      words.textContent = frame.alt;
    };
    words.textContent = image.alt;
    input.addEventListener("input", show);
    box.hidden = false;
  }
});
