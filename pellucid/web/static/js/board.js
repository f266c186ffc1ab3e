// Cards of a board: they move by dragging, by [ and ] or by their menu (M); the server decides whether the move holds, and says why not.
import { openDialog } from "./layers.js";
import { isTyping, post, sayAloud, singleKeys, words } from "./page.js";
import { showToast } from "./toasts.js";

let card = null;

function board() { return document.querySelector("[data-board]"); }
function titleOf(item) { return item.querySelector(".bkt"); }
function columnsOf(item) { return [...item.closest("[data-board]").querySelectorAll("[data-column]")]; }

// Counts and sums of the heads anew; the cards stay as they stand, loaded further or not.
async function refreshHeads() {
  const answer = await fetch(location.href, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const head of fresh.querySelectorAll("[data-head], .strip")) {
    (head.id ? document.getElementById(head.id) : document.querySelector("#list .strip"))?.replaceWith(head);
  }
}

async function moveCard(item, column) {
  const from = item.closest("[data-column]");
  const place = { parent: item.parentElement, next: item.nextElementSibling };
  if (!column || column === from || item.hasAttribute("aria-busy")) return;
  const focused = item.contains(document.activeElement);
  const back = () => { item.hidden = false; place.parent.insertBefore(item, place.next); if (focused) titleOf(item).focus(); };
  const list = column.querySelector(".bcs");
  if (list) list.prepend(item); else item.hidden = true;
  item.setAttribute("aria-busy", "true");
  if (focused && list) titleOf(item).focus();
  const answer = await post(item.dataset.move, { to: column.dataset.column, was: from.dataset.column, drag: "1" }).catch(() => null);
  item.removeAttribute("aria-busy");
  const dialog = answer?.headers.get("X-Dialog");
  if (!answer?.ok || dialog || answer.headers.get("X-Back")) {
    back();
    if (dialog) openDialog(dialog);
    else if (!answer) showToast({ text: words("offline"), tone: "bad" });
    return;
  }
  if (!list) item.remove();
  sayAloud(column.getAttribute("aria-label") || column.textContent);
  refreshHeads();
}

function over(column) {
  document.querySelectorAll("[data-column].over").forEach((other) => other.classList.toggle("over", other === column));
  column?.classList.add("over");
}

document.addEventListener("dragstart", (event) => {
  card = event.target.closest?.("[data-card][draggable=true]");
  if (card) { event.dataTransfer.effectAllowed = "move"; event.dataTransfer.setData("text/plain", titleOf(card).textContent); }
});
document.addEventListener("dragover", (event) => {
  if (!card) return;
  const column = event.target.closest?.("[data-drops]");
  over(column);
  if (column) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const column = card && event.target.closest?.("[data-drops]");
  over(null);
  if (!column) return;
  event.preventDefault();
  moveCard(card, column);
});
document.addEventListener("dragend", () => { over(null); card = null; });

// From card to card: up and down in the column, left and right to the next column that has one.
function step(item, key) {
  const cards = (column) => [...column.querySelectorAll("[data-card]")];
  const here = item.closest("[data-column]");
  const at = cards(here).indexOf(item);
  if (key === "ArrowUp" || key === "ArrowDown") return cards(here)[at + (key === "ArrowDown" ? 1 : -1)];
  const all = columnsOf(item);
  const by = key === "ArrowRight" ? 1 : -1;
  for (let i = all.indexOf(here) + by; all[i]; i += by) {
    const there = cards(all[i]);
    if (there.length) return there[Math.min(at, there.length - 1)];
  }
  return null;
}

document.addEventListener("keydown", (event) => {
  const item = event.target.closest?.("[data-card]");
  if (!item || !board() || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const arrow = { j: "ArrowDown", k: "ArrowUp" }[event.key] || event.key;
  if (arrow.startsWith("Arrow") && (arrow === event.key || singleKeys())) {
    event.preventDefault();
    const next = step(item, arrow);
    if (next) { titleOf(next).focus(); next.scrollIntoView({ block: "nearest", inline: "nearest" }); }
  } else if (item.dataset.move && singleKeys() && (event.key === "[" || event.key === "]")) {
    event.preventDefault();
    const all = columnsOf(item).filter((column) => column.hasAttribute("data-drops"));
    moveCard(item, all[all.indexOf(item.closest("[data-column]")) + (event.key === "]" ? 1 : -1)]);
  } else if (item.dataset.move && singleKeys() && event.key.toLowerCase() === "m") {
    event.preventDefault();
    openDialog(item.dataset.move);
  }
});
