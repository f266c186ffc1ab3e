// Entries of a calendar: they come to another day by dragging or by [ and ]; the server decides whether the move holds, and says why not.
import { isTyping, post, sayAloud, singleKeys, words } from "./page.js";
import { showToast } from "./toasts.js";

let entry = null;

// The days anew, as the server has them now; the focus stays with the entry.
async function refresh(href) {
  const answer = await fetch(location.href).catch(() => null);
  const fresh = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".calw");
  if (!fresh) return;
  document.querySelector(".calw").replaceWith(fresh);
  htmx.process(fresh);
  fresh.querySelector(`a[data-moves][href="${CSS.escape(href)}"]`)?.focus();
}

async function put(item, day) {
  if (!day || day === item.dataset.was || item.hasAttribute("aria-busy")) return;
  item.setAttribute("aria-busy", "true");
  const answer = await post(item.dataset.moves, { to: day, was: item.dataset.was }).catch(() => null);
  item.removeAttribute("aria-busy");
  if (!answer) showToast({ text: words("offline"), tone: "bad" });
  if (!answer?.ok) return;
  sayAloud(`${item.textContent.trim()}: ${day}`);
  await refresh(item.getAttribute("href"));
}

function marked(day) {
  document.querySelectorAll("[data-day].over").forEach((other) => other.classList.remove("over"));
  day?.classList.add("over");
}

document.addEventListener("dragstart", (event) => {
  entry = event.target.closest?.("a[data-moves]");
  if (entry) event.dataTransfer.effectAllowed = "move";
});
document.addEventListener("dragover", (event) => {
  const day = entry && event.target.closest?.("[data-day]");
  if (entry) marked(day);
  if (day) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const day = entry && event.target.closest?.("[data-day]");
  if (!day) return;
  event.preventDefault();
  put(entry, day.dataset.day);
});
document.addEventListener("dragend", () => { if (entry) marked(null); entry = null; });

document.addEventListener("keydown", (event) => {
  const item = event.target.closest?.("a[data-moves]");
  if (!item || !["[", "]"].includes(event.key) || !singleKeys() || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const day = new Date(`${item.dataset.was}T12:00:00Z`);
  day.setUTCDate(day.getUTCDate() + (event.key === "]" ? 1 : -1));
  put(item, day.toISOString().slice(0, 10));
});
