// Buttons with data-act: the click becomes an event `act:<name>` that the module in charge listens to.
import { nextDensity, toggleMenu } from "./appearance.js";
import { visible } from "./page.js";

export function runAct(name, source) {
  document.dispatchEvent(new CustomEvent(`act:${name}`, { detail: { source } }));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (button && !button.closest("#palette")) runAct(button.dataset.act, button);
  const toggle = event.target.closest("[data-toggle]");
  if (toggle) toggle.setAttribute("aria-pressed", toggle.getAttribute("aria-pressed") !== "true");
});
document.addEventListener("act:density", nextDensity);
document.addEventListener("act:menu", toggleMenu);
document.addEventListener("act:keys", () => document.getElementById("keys")?.showModal());
document.addEventListener("act:print", () => print());
document.addEventListener("act:copy", ({ detail }) => navigator.clipboard?.writeText(detail.source.dataset.copy));

// The phone folds the whole menu away; a record's head shrinks once its reader scrolls.
document.addEventListener("scroll", (event) => {
  const area = event.target.closest?.("[data-scrolls] > *");
  if (area && matchMedia("(min-width: 768px)").matches) {
    area.closest(".region").classList.toggle("shrunk", area.scrollTop > (area.closest(".shrunk") ? 4 : 160));
  }
  if (event.target.matches?.("[data-rows]")) event.target.classList.toggle("scrolled", event.target.scrollLeft > 0);
}, { capture: true, passive: true });

export function press(key) {
  const all = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].filter((element) => visible(element) && !element.closest("dialog:not([open])"));
  const found = all.find((element) => element.closest("#main")) || all[0]; // what the page says comes before the frame around it
  if (!found) return false;
  if (found.disabled) return false;
  if (/^(INPUT|TEXTAREA)$/.test(found.tagName) && found.type !== "checkbox") { found.focus(); found.select?.(); }
  else found.click();
  return true;
}
