// The row the keyboard stands on: J/K move, Enter opens, Space peeks, X picks.
import { openPeek } from "./layers.js";
import { sayAloud } from "./page.js";
import { pickRow } from "./selection.js";

function tableRows() { return [...document.querySelectorAll("[data-rows] tr[data-id]")]; }
function current() { return document.querySelector("[data-rows] tr.cu"); }

function standOn(row) {
  current()?.classList.remove("cu");
  row.classList.add("cu");
  row.scrollIntoView({ block: "nearest" });
}

export function moveCursor(step) {
  const all = tableRows();
  if (!all.length) return false;
  const at = all.indexOf(current());
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))];
  standOn(next);
  sayAloud(`${next.querySelector(".name")?.textContent.trim() || ""} ${all.indexOf(next) + 1} / ${all.length}`);
  if (document.querySelector("#drawer.peek[open]")) peekCursor();
  return true;
}

export function openCursor() {
  const row = current();
  if (row) location.href = row.dataset.href;
  return Boolean(row);
}

export function peekCursor() {
  const row = current();
  if (!row) return false;
  openPeek(row.dataset.peek || `${row.dataset.href.split("?")[0]}/peek`);
  return true;
}

export function pickCursor(range) {
  const row = current();
  if (row) pickRow(row, range);
  return Boolean(row);
}

// A click on a row's empty part opens the record; Ctrl+click does in a new tab.
document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-rows] tr[data-href]");
  if (!row || event.target.closest("a, button, input, label, select, [data-menu]") || getSelection().toString()) return;
  if (matchMedia("(max-width: 767px)").matches) { location.href = row.dataset.href; return; }
  standOn(row);
  if (event.detail === 2) location.href = row.dataset.href;
});
