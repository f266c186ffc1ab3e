// Picking rows: survives paging and sorting, shift picks a range, "select all" picks the query instead of ids. What the list shows differently
// filtered, or loaded anew, is picked anew: nothing out of sight is ever acted upon.
// A bulk act's dialog is asked for with ids=1,2,3 or with all=1 and the list's own query.
import { openDialog } from "./layers.js";
import { sayAloud, words } from "./page.js";

let lastRow = null;
let kept = { of: "", ids: [], all: false };

function listKey() { return document.querySelector("[data-list]")?.dataset.list; }
function rowsOf() { return document.querySelector("[data-rows]")?.dataset.rows || ""; }
function read() { return kept.of === rowsOf() ? kept : { ids: [], all: false }; }
function write(state) { kept = { ...state, of: rowsOf() }; drawPicked(kept); }

function drawPicked(state = read()) {
  const box = document.querySelector("[data-rows]");
  if (!box || !listKey()) return;
  const picked = new Set(state.ids);
  const boxes = [...box.querySelectorAll("tr[data-id]")];
  for (const row of boxes) {
    const on = state.all || picked.has(row.dataset.id);
    row.classList.toggle("sel", on);
    const check = row.querySelector(".pick input");
    if (check) check.checked = on;
  }
  const here = boxes.filter((row) => row.classList.contains("sel")).length;
  const every = box.querySelector("[data-pick-all]");
  if (every) { every.checked = here > 0 && here === boxes.length; every.indeterminate = here > 0 && here < boxes.length; }
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  const count = Number(box.dataset.count || 0);
  bar.hidden = !state.all && !picked.size;
  bar.querySelector("[data-picked]").textContent = state.all ? words("all_selected", { n: count.toLocaleString() }) : words("selected", { n: picked.size });
  const more = bar.querySelector("[data-pick-query]");
  more.hidden = state.all || !(count > picked.size) || here < boxes.length;
  more.querySelector(".num").textContent = count ? count.toLocaleString() : "";
}

function change(rows, on) {
  const state = read();
  const ids = new Set(state.all ? [] : state.ids);
  for (const row of rows) if (on) ids.add(row.dataset.id); else ids.delete(row.dataset.id);
  write({ ids: [...ids], all: false });
  sayAloud(words("selected", { n: ids.size }));
}

export function pickRow(row, range = false) {
  const rows = [...document.querySelectorAll("[data-rows] tr[data-id]")];
  const on = !row.classList.contains("sel");
  const from = range && lastRow ? rows.findIndex((other) => other.dataset.id === lastRow) : -1;
  const at = rows.indexOf(row);
  change(from < 0 ? [row] : rows.slice(Math.min(from, at), Math.max(from, at) + 1), range ? true : on);
  lastRow = row.dataset.id;
}

export function clearPicked() {
  const bar = document.querySelector("[data-bulk]");
  if (!bar || bar.hidden) return false;
  write({ ids: [], all: false });
  return true;
}

function bulkAddress(address) {
  const state = read();
  const query = new URLSearchParams(state.all ? location.search : "");
  if (state.all) query.set("all", "1"); else query.set("ids", state.ids.join(","));
  return address + (address.includes("?") ? "&" : "?") + query;
}

document.addEventListener("click", (event) => {
  const check = event.target.closest("[data-rows] .pick input");
  if (check?.matches("[data-pick-all]")) {
    change([...document.querySelectorAll("[data-rows] tr[data-id]")], check.checked);
  } else if (check) {
    pickRow(check.closest("tr"), event.shiftKey);
  } else if (event.target.closest("[data-pick-query]")) {
    write({ ids: [], all: true });
  } else if (event.target.closest("[data-pick-none]")) {
    clearPicked();
  } else {
    const bulk = event.target.closest("[data-bulk-dialog]");
    if (bulk) openDialog(bulkAddress(bulk.dataset.bulkDialog));
  }
});
document.addEventListener("clearPicked", clearPicked);
document.addEventListener("htmx:after:swap", () => drawPicked());
document.addEventListener("counted", () => drawPicked());
drawPicked();
