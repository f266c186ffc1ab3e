// Where the reader stands stays his place. A swap, or a reload of ours, that takes the focused element away gives the focus to what has come in
// its stead; a page that comes back with errors puts him on the first; what a page says when it stands is said aloud.
import { sayAloud, visible } from "./page.js";

const FOCUS = "focus";
let stoodAt = null;

function nameOf(element) {
  return element.getAttribute("aria-label") || element.getAttribute("name") || element.textContent.trim().slice(0, 80);
}

function placeOf(element) {
  if (!element || element === document.body) return null;
  const above = [];
  for (let parent = element.parentElement; parent && parent !== document.body; parent = parent.parentElement) above.push(parent);
  const alone = element.getAttribute("hx-swap") === "outerHTML" && !element.hasAttribute("hx-target");
  return { element, above, before: alone && element.previousElementSibling, id: element.id, tag: element.tagName, name: nameOf(element) };
}

function sameIn(box, { id, tag, name }) {
  const same = id && document.getElementById(id);
  return same || [...box.querySelectorAll(tag)].find((other) => nameOf(other) === name && visible(other));
}

function standAt(element) {
  if (!element) return;
  if (element.tabIndex < 0 && !element.hasAttribute("tabindex")) element.setAttribute("tabindex", "-1");
  element.focus({ preventScroll: true });
}

function lostFocus() { return !document.activeElement || document.activeElement === document.body; }

// The first of what a button has loaded in its own place, else the same again, else what can be reached next to it, else the nearest head.
function takeUp(place) {
  const box = place.above.find((parent) => parent.isConnected) || document.getElementById("main");
  const fresh = place.before && place.before.isConnected && place.before.nextElementSibling;
  standAt(fresh || sameIn(box, place) || box.querySelector("[data-inline], [tabindex='0'], h1, h2") || document.getElementById("main"));
}

document.addEventListener("htmx:before:swap", () => { stoodAt = placeOf(document.activeElement) || stoodAt; });
document.addEventListener("htmx:after:swap", () => {
  const place = stoodAt;
  stoodAt = null;
  if (place) queueMicrotask(() => { if (!place.element.isConnected && lostFocus()) takeUp(place); }); // after all who hear of the swap
});

// Before a reload of ours: the place as words, for the page that comes.
export function keepPlace() {
  const place = placeOf(document.activeElement);
  if (place) sessionStorage.setItem(FOCUS, JSON.stringify({ at: location.pathname, id: place.id, tag: place.tag, name: place.name }));
}

function arrive() {
  const kept = JSON.parse(sessionStorage.getItem(FOCUS) || "null");
  sessionStorage.removeItem(FOCUS);
  const wrong = document.querySelector("main [data-errors], main [aria-invalid=true]");
  if (wrong && lostFocus()) wrong.focus();
  else if (kept?.at === location.pathname && lostFocus()) standAt(sameIn(document.body, kept));
  const told = [...document.querySelectorAll("#toasts [data-toast] > span")].map((toast) => toast.textContent);
  if (told.length) sayAloud(told.join(" "));
}

arrive();
