// Single keys and chords. Off while typing and while a dialog is open; the user can switch single keys off (WCAG 2.1.4).
import { press, runAct } from "./acts.js";
import { closeLayer, topLayer } from "./layers.js";
import { closeMenus } from "./menus.js";
import { isTyping, singleKeys } from "./page.js";
import { moveCursor, openCursor, peekCursor, pickCursor } from "./cursor.js";
import { clearPicked } from "./selection.js";
import { undoLast } from "./toasts.js";

const GO = { w: "home", c: "customer", o: "opportunity", d: "order", a: "approvals", l: "lead", t: "task", s: "settings" };
let waitingForG = 0;

function go(key) {
  const link = document.querySelector(`a[data-nav="${GO[key]}"]`);
  if (link) location.href = link.href;
  return Boolean(link);
}

function single(event) {
  const key = event.key;
  if (Date.now() - waitingForG < 1200) { waitingForG = 0; return go(key); }
  if (key === "g") { waitingForG = Date.now(); return true; }
  if (key === "?") { runAct("keys"); return true; }
  if (key === "[") { runAct("menu"); return true; }
  if (key === "j" || key === "ArrowDown") return moveCursor(1) || key === "j" && press("j");
  if (key === "k" || key === "ArrowUp") return moveCursor(-1) || key === "k" && press("k");
  if (key === "x" || key === "X") return pickCursor(event.shiftKey) || press("x");
  if (key === "Enter") return openCursor();
  if (key === " ") return peekCursor();
  return key.length === 1 && press(key.toLowerCase());
}

function escape(event) {
  if (closeMenus()) return true;
  const layer = topLayer();
  if (layer?.classList.contains("peek")) return closeLayer(layer);
  if (event.target.closest?.(".cmp.open")) { event.target.closest(".cmp").classList.remove("open"); return true; }
  return !layer && clearPicked();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const chord = event.ctrlKey || event.metaKey;
  if (chord && event.key.toLowerCase() === "k") { event.preventDefault(); runAct("palette"); return; }
  if (chord && event.key === "Enter") {
    const form = event.target.closest?.("form[data-composer], form[data-form]");
    if (form) { event.preventDefault(); form.requestSubmit(); } else if (peekCursor()) event.preventDefault();
    return;
  }
  if (event.key === "Escape") { if (!document.querySelector("dialog:modal") && escape(event)) event.preventDefault(); return; }
  if (isTyping(event.target)) return;
  if (chord && event.key.toLowerCase() === "z") { if (document.querySelector("#toasts [data-undo]")) { event.preventDefault(); undoLast(); } return; }
  if (chord || event.altKey || !singleKeys() || document.querySelector("dialog:modal")) return;
  // Enter and Space belong to the button or link that has the focus
  if ((event.key === "Enter" || event.key === " ") && event.target.closest?.("a, button, summary, input, [role=tab], [role=treeitem]")) return;
  if (single(event)) event.preventDefault();
});

const keysSwitch = document.querySelector("[data-keys-switch]");
if (keysSwitch) {
  keysSwitch.checked = singleKeys();
  keysSwitch.addEventListener("change", () => localStorage.setItem("keys", keysSwitch.checked ? "on" : "off"));
}
