// The steps of a process as a tree: which there are, and where an arrow leads; and the panel beside it.
import { post, words } from "./page.js";
import { showToast } from "./toasts.js";

export function treeSteps(tree) { return [...tree.querySelectorAll("[role=treeitem]")]; }
export function stepAt(tree, id) { return tree.querySelector(`[role=treeitem][data-step="${CSS.escape(id)}"]`); }

// Up and down through everything; right into a composite or to the neighbouring branch, left back out of it.
export function nextStep(tree, here, key) {
  const all = treeSteps(tree);
  const at = all.indexOf(here);
  if (key === "ArrowDown") return all[at + 1];
  if (key === "ArrowUp") return all[at - 1];
  if (key === "Home") return all[0];
  if (key === "End") return all[all.length - 1];
  const box = here.closest("li");
  const inside = box.querySelector("ol [role=treeitem]");
  const branch = here.closest("[data-part]");
  if (key === "ArrowRight" && box !== branch && inside) return inside;
  const beside = key === "ArrowRight" ? branch?.nextElementSibling : branch?.previousElementSibling;
  if (beside?.matches("[data-part]")) return (box !== branch && beside.querySelector("ol [role=treeitem]")) || beside.querySelector("[role=treeitem]");
  return key === "ArrowLeft" ? box.parentElement.closest("li")?.querySelector("[role=treeitem]") : null;
}

// What a key asks of the step one stands on: [what, with what].
export function stepKey(event) {
  if (event.altKey) return /^Arrow/.test(event.key) ? ["move", /Down|Right/.test(event.key) ? "1" : "-1"] : null;
  if (event.ctrlKey || event.metaKey) return null;
  if (/^(Arrow.*|Home|End)$/.test(event.key)) return ["walk", event.key];
  return { Enter: ["open"], " ": ["open"], "+": ["insert"], Delete: ["remove"], Backspace: ["remove"] }[event.key] || null;
}

// As a picture with lines, or as a plain list.
export function showSteps(root, tree, name) {
  tree.classList.toggle("plain0", name === "plain");
  localStorage.setItem("design-view", name);
  for (const button of root.querySelectorAll("[data-design=picture], [data-design=plain]")) button.setAttribute("aria-pressed", button.dataset.design === name);
}

// One more row of a list inside the drawer, under a number no other row has.
export function addStepRow(button) {
  const list = document.getElementById(button.dataset.into);
  const address = new URL(button.dataset.more, location.href);
  address.searchParams.set("n", 100 + list.children.length + Math.floor(Math.random() * 8000));
  htmx.ajax("GET", address.pathname + address.search, { target: list, swap: "beforeend", source: list });
}

// What only asks: the definition goes along, nothing is kept.
export async function askDesign(root, state, path, data = {}, more = {}) {
  const form = new URLSearchParams(data instanceof HTMLFormElement ? [...new FormData(data)].filter(([, value]) => typeof value === "string") : data);
  for (const [name, value] of Object.entries({ ...more, body: state.body, revision: state.revision })) form.set(name, value);
  const answer = await post(root.dataset.designer + path, form).catch(() => null);
  if (answer?.ok) return answer;
  showToast({ text: words(answer ? "failed" : "offline"), tone: "bad" });
  return null;
}

// Which kind of step is chosen in the dialog; null when it is closed without.
export function kindOf(dialog) {
  dialog.showModal();
  dialog.querySelector("[data-kind]").focus();
  return new Promise((resolve) => {
    const choose = (event) => { const chosen = event.target.closest("[data-kind]"); if (chosen) dialog.close(chosen.dataset.kind); };
    dialog.returnValue = "";
    dialog.addEventListener("click", choose);
    dialog.addEventListener("close", () => { dialog.removeEventListener("click", choose); resolve(dialog.returnValue || null); }, { once: true });
  });
}

export function fillSide(side, html, id) {
  side.innerHTML = html;
  side.hidden = false;
  side.dataset.at = id;
  htmx.process(side);
  document.dispatchEvent(new CustomEvent("htmx:after:swap", { detail: {} }));
  (side.querySelector(".db input:not([type=hidden]), .db select") || side.querySelector("button"))?.focus({ preventScroll: true });
}

export function emptySide(side, tree) {
  side.hidden = true;
  side.replaceChildren();
  for (const shown of tree.querySelectorAll(".sim, .go, .off")) shown.classList.remove("sim", "go", "off");
}
