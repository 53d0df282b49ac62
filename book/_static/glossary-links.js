// Shows a term's definition while its link has the focus or the pointer is over link or definition.
// As an "auto" popover the definition closes on a press elsewhere and when another one opens.
const DELAY = 150;
const GAP = 8;

function addDefinition(link, number) {
  const box = document.createElement("span");
  box.id = `definition-${number}`;
  box.className = "glossary-definition";
  box.role = "tooltip";
  box.popover = "auto";
  box.textContent = link.dataset.definition;
  link.after(box);
  link.setAttribute("aria-describedby", box.id);

  const show = () => {
    if (box.matches(":popover-open")) return;
    box.showPopover();
    // The first line of a term that breaks over two.
    const [line] = link.getClientRects();
    const rightmost = document.documentElement.clientWidth - box.offsetWidth - GAP;
    const fitsBelow = line.bottom + box.offsetHeight <= innerHeight;
    box.style.left = `${scrollX + Math.max(GAP, Math.min(line.left, rightmost))}px`;
    box.style.top = `${scrollY + (fitsBelow ? line.bottom : line.top - box.offsetHeight)}px`;
  };
  const hide = () => {
    const open = box.matches(":popover-open");
    if (open && !link.matches(":hover, :focus-visible")) box.hidePopover();
  };

  let timer;
  const soon = (action) => () => {
    clearTimeout(timer);
    timer = setTimeout(action, DELAY);
  };
  for (const element of [link, box]) {
    element.addEventListener("mouseenter", soon(show));
    element.addEventListener("mouseleave", soon(hide));
  }
  link.addEventListener("focus", show);
  link.addEventListener("blur", hide);

  // A first tap shows the definition, a second one follows the link.
  let firstTap = false;
  link.addEventListener("pointerdown", ({ pointerType }) => {
    firstTap = pointerType === "touch" && !box.matches(":popover-open");
  });
  link.addEventListener("click", (event) => {
    if (!firstTap) return;
    event.preventDefault();
    show();
  });
}

if (HTMLElement.prototype.showPopover)
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(".glossary-link").forEach(addDefinition);
    // Escape would close a popover by itself, but Sphinx's script for search words cancels that.
    document.addEventListener("keydown", ({ key }) => {
      const open = document.querySelector(".glossary-definition:popover-open");
      if (key === "Escape") open?.hidePopover();
    });
  });
