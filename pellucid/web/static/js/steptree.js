// The steps of a process as a tree: which there are, and where an arrow leads; and the panel beside it. What was before a change is kept for undo,
// as long as the tab lives.
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
  const inside = here.querySelector("[role=treeitem]");
  if (key === "ArrowRight" && !here.hasAttribute("data-part") && inside) return inside;
  const branch = here.closest("[data-part]");
  const beside = key === "ArrowRight" ? branch?.nextElementSibling : branch?.previousElementSibling;
  if (beside?.matches("[data-part]")) return here === branch ? beside : beside.querySelector("[role=treeitem]") || beside;
  return key === "ArrowLeft" ? here.parentElement.closest("[role=treeitem]") : null;
}

export function keepSteps(pile, what) {
  try { sessionStorage.setItem(pile, JSON.stringify(what)); } catch { return; }
}

export function keptSteps(pile) {
  try { return JSON.parse(sessionStorage.getItem(pile)); } catch { return null; }
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
export async function askDesign(address, data) {
  const answer = await post(address, data).catch(() => null);
  if (answer?.ok) return answer;
  showToast({ text: words(answer ? "failed" : "offline"), tone: "bad" });
  return null;
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
