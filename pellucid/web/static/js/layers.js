// Drawer, dialog and peek. Their contents are fragments of the server:
//   data-drawer="address"  data-dialog="address"  data-peek="address"  open one;  data-close inside closes it.
// The server closes by the event `closeLayer` and lets the page behind load anew by `reload` (HX-Trigger).
import { keepPlace } from "./focus.js";
import { make, words } from "./page.js";

const drawer = document.getElementById("drawer");
const dialog = document.getElementById("dialog");

function skeleton(layer) {
  const lines = ["w60", "w80", "", "w60"].map((width) => make("span", { class: `sk ${width}` }));
  layer.replaceChildren(make("div", { class: "db stack g20", "aria-busy": "true" }, ...lines));
}

export async function openLayer(layer, address, peek = false) {
  if (!layer) { location.href = address; return; }
  layer.classList.toggle("peek", peek);
  const show = () => { if (!layer.open) (peek ? layer.show() : layer.showModal()); };
  const slow = setTimeout(() => { if (!layer.open) { skeleton(layer); show(); } }, 150);
  try {
    await htmx.ajax("GET", address, { target: layer, swap: "innerHTML", source: document.body });
  } finally {
    clearTimeout(slow);
  }
  if (!layer.querySelector(".dh")) { closeLayer(layer, true); return; }
  layer.removeAttribute("data-dirty");
  show();
  focusFirst(layer, new URL(address, location.href).searchParams);
}

export function openDialog(address) { return openLayer(dialog, address); }
export function openPeek(address) { return openLayer(drawer, address, true); }

// The first field that is wrong; else the first one that is asked: what the address fills in is known already.
export function focusFirst(layer, known = new URLSearchParams()) {
  const wrong = layer.querySelector("[aria-invalid=true]");
  const fields = [...layer.querySelectorAll(".db input:not([type=hidden]), .db select, .db textarea")];
  const asked = fields.find((field) => !known.has(field.name || field.closest("[data-field]")?.dataset.field)) || fields[0];
  const first = wrong || asked || layer.querySelector(".df .btn-p, .dh a, .dh button");
  first?.focus({ preventScroll: !wrong });
}

export function closeLayer(layer, sure = false) {
  if (!layer?.open) return false;
  if (!sure && layer.hasAttribute("data-dirty")) { askFirst(layer); return true; }
  layer.removeAttribute("data-dirty");
  layer.close();
  layer.replaceChildren();
  return true;
}

// Asked once: a second Esc or click on the cross leaves.
function askFirst(layer) {
  if (layer.querySelector("[data-ask]")) { closeLayer(layer, true); return; }
  const leave = make("button", { type: "button", class: "btn btn-s btn-d" }, words("leave"));
  leave.addEventListener("click", () => closeLayer(layer, true));
  const line = make("div", { class: "df", "data-ask": true, role: "alert" }, make("span", { class: "sp" }), leave);
  (layer.querySelector(".df") || layer.lastElementChild).before(line);
  leave.focus();
}

export function topLayer() {
  return [dialog, drawer].find((layer) => layer?.open);
}

for (const layer of [drawer, dialog]) {
  layer?.addEventListener("cancel", (event) => { event.preventDefault(); closeLayer(layer); });
  layer?.addEventListener("mousedown", (event) => { if (event.target === layer && !layer.classList.contains("peek")) closeLayer(layer); });
  layer?.addEventListener("input", (event) => { if (event.target.closest("[data-form]")) layer.setAttribute("data-dirty", ""); });
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-drawer], [data-dialog]");
  if (opener && !(opener.href && (event.ctrlKey || event.metaKey || event.shiftKey))) { // a link keeps its new tab and window
    event.preventDefault();
    const { drawer: side, dialog: middle, carry } = opener.dataset; // carry: what was typed beside the button goes along
    const typed = carry && document.querySelector(carry);
    const along = typed?.value ? `${middle.includes("?") ? "&" : "?"}${typed.name}=${encodeURIComponent(typed.value.slice(0, 199))}` : "";
    openLayer(side ? drawer : dialog, side || middle + along);
    return;
  }
  const closer = event.target.closest("[data-close]");
  const layer = closer?.closest("dialog");
  if (layer === drawer || layer === dialog) closeLayer(layer);
  else layer?.close();
});

document.addEventListener("closeLayer", () => closeLayer(topLayer(), true));
document.addEventListener("reload", async () => {
  const list = document.getElementById("list");
  if (list) await htmx.ajax("GET", location.href, { target: list, swap: "innerHTML", source: list });
  else { keepPlace(); location.reload(); }
});
// A form that came back with errors stays open and puts the cursor on the first of them.
document.addEventListener("htmx:after:swap", (event) => {
  const layer = event.target.closest?.("dialog");
  if (layer?.open && layer.querySelector("[aria-invalid=true], [data-errors]")) focusFirst(layer);
});
