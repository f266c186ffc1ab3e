// Cells of rows that are typed over where they stand: saved when they are left, one after another; whatever follows from them is drawn anew.
// Enter and the arrows up and down go along the column, Esc takes back what was typed.
import { post, sayAloud, words } from "./page.js";
import { showToast } from "./toasts.js";

let saving = Promise.resolve();
const rowVersions = new Map();

const rowOf = (cell) => cell.dataset.cell.replace(/\/cell\/[^/]*$/, "");
const cellAt = (address) => document.querySelector(`[data-cell="${CSS.escape(address)}"]`);

function complainAt(cell, text) {
  delete cell.dataset.sent;
  cell.setAttribute("aria-invalid", "true");
  cell.title = text;
  showToast({ text, tone: "bad" });
}

async function saveCell(address, typed, version) {
  const row = address.replace(/\/cell\/[^/]*$/, "");
  const answer = await post(address, { value: typed, version: rowVersions.get(row) || version }).catch(() => null);
  const cell = cellAt(address);
  if (!answer) return cell && complainAt(cell, words("offline"));
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) return cell && complainAt(cell, said.error || words("failed"));
  rowVersions.set(row, said.version);
  await drawAnew();
}

async function pageAt(address) {
  const answer = await fetch(address, { headers: { accept: "text/html" } }).catch(() => null);
  return answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}

// The page says anew what stands in [data-follows]; what is being typed meanwhile, and the place of the cursor, stay.
async function drawAnew() {
  const shown = document.querySelector("[data-tabs] [aria-selected=true][data-src]");
  for (const tab of document.querySelectorAll("[data-tabs] [data-loaded]")) if (tab !== shown) delete tab.dataset.loaded;
  const fresh = (await Promise.all([location.href, shown?.dataset.src].filter(Boolean).map(pageAt))).filter(Boolean);
  const held = document.activeElement?.dataset?.cell ? document.activeElement : null;
  const typed = held && held.value !== (held.dataset.sent ?? held.dataset.kept) ? held.value : null;
  held?.blur();
  for (const old of document.querySelectorAll("[data-follows]")) {
    const now = fresh.map((page) => page.querySelector(`[data-follows="${old.dataset.follows}"]`)).find(Boolean);
    if (!now) continue;
    const placed = document.importNode(now, true);
    old.replaceWith(placed);
    window.htmx?.process(placed);
  }
  rowVersions.clear();
  const back = held && cellAt(held.dataset.cell);
  if (!back) return;
  if (typed !== null) back.value = typed;
  back.focus();
  if (typed === null) back.select();
}

function leaveCell(cell) {
  const typed = cell.value.trim();
  if (typed === (cell.dataset.sent ?? cell.dataset.kept)) return;
  const address = cell.dataset.cell, version = cell.dataset.version;
  cell.dataset.sent = typed;
  saving = saving.then(() => saveCell(address, typed, version));
}

document.addEventListener("focusin", (event) => { if (event.target.matches?.("[data-cell]")) event.target.select(); });
document.addEventListener("change", (event) => { if (event.target.matches?.("[data-cell]")) leaveCell(event.target); });
document.addEventListener("keydown", (event) => {
  const cell = event.target.closest?.("[data-cell]");
  if (!cell || event.isComposing) return;
  if (event.key === "Escape" && cell.value !== cell.dataset.kept) {
    event.stopPropagation();
    cell.value = cell.dataset.kept;
    cell.removeAttribute("aria-invalid");
    cell.select();
    sayAloud(cell.value);
    return;
  }
  const by = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const name = cell.dataset.cell.split("/").pop();
  const column = [...document.querySelectorAll(`[data-cell$="/cell/${CSS.escape(name)}"]`)];
  const next = column[column.findIndex((one) => rowOf(one) === rowOf(cell)) + (event.shiftKey ? -by : by)];
  if (next) next.focus(); else leaveCell(cell);
});
