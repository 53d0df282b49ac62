// The range input below a figure shows one of its frames (_ext/frame_slider.py).
document.addEventListener("DOMContentLoaded", () => {
  // The frames are loaded when their figure is less than one screen away.
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      target.preloaded = target.frames.map(({ src }) => Object.assign(new Image(), { src }));
    }
  }, { rootMargin: "100% 0px" });
  for (const slider of document.querySelectorAll(".frame-slider")) {
    slider.frames = JSON.parse(slider.querySelector("script").textContent);
    const image = slider.previousElementSibling;
    const [input, output, text] = ["input", "output", "p"].map((tag) => slider.querySelector(tag));
    text.textContent = image.alt;
    input.addEventListener("input", () => {
      const { value, ...shown } = slider.frames[input.value];
      Object.assign(image, shown);
      input.setAttribute("aria-valuetext", value);
      output.textContent = value;
      text.textContent = shown.alt;
    });
    slider.hidden = false;
    near.observe(slider);
  }
});
