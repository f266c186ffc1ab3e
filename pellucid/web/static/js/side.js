// The menu on a phone: a tab opens it over the page; Esc, a click beside it or following an entry closes it.
const side = document.getElementById("side");

function opener() { return document.querySelector("[data-act=side]"); }

function setSide(open, refocus = false) {
  if (!side || side.classList.contains("open") === open) return false;
  side.classList.toggle("open", open);
  opener()?.setAttribute("aria-expanded", open);
  if (open) side.querySelector("[aria-current=page], a")?.focus();
  else if (refocus) opener()?.focus();
  return true;
}

document.addEventListener("act:side", () => setSide(!side.classList.contains("open")));
document.addEventListener("click", (event) => {
  if (!event.target.closest("#side, [data-act=side]")) setSide(false);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && setSide(false, true)) event.stopPropagation();
});
document.addEventListener("focusout", (event) => {
  if (side?.contains(event.target) && event.relatedTarget && !side.contains(event.relatedTarget)) setSide(false);
});
