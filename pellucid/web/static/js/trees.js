// A tree of units or menus: arrows move and fold, as the ARIA pattern says. <div role="tree"> of <a|button role="treeitem" aria-level aria-expanded>.
function shownItems(tree) { return [...tree.querySelectorAll("[role=treeitem]")].filter((item) => !item.hidden); }
function depthOf(item) { return Number(item.getAttribute("aria-level")); }

export function foldBranch(item, open) {
  item.setAttribute("aria-expanded", open);
  const closedAt = [];
  for (let next = item.nextElementSibling; next && depthOf(next) > depthOf(item); next = next.nextElementSibling) {
    while (closedAt.length && depthOf(next) <= closedAt[closedAt.length - 1]) closedAt.pop();
    next.hidden = !open || closedAt.length > 0;
    if (next.getAttribute("aria-expanded") === "false") closedAt.push(depthOf(next));
  }
}

document.addEventListener("click", (event) => {
  const twist = event.target.closest("[data-twist]");
  const item = twist?.closest("[role=treeitem]");
  if (!item) return;
  event.preventDefault();
  event.stopPropagation();
  foldBranch(item, item.getAttribute("aria-expanded") !== "true");
}, true);
document.addEventListener("keydown", (event) => {
  const item = event.target.closest?.("[role=treeitem]");
  if (!item) return;
  const all = shownItems(item.closest("[role=tree]"));
  const at = all.indexOf(item);
  const open = item.getAttribute("aria-expanded");
  let to = null;
  if (event.key === "ArrowDown") to = all[at + 1];
  else if (event.key === "ArrowUp") to = all[at - 1];
  else if (event.key === "Home") to = all[0];
  else if (event.key === "End") to = all[all.length - 1];
  else if (event.key === "ArrowRight" && open === "false") foldBranch(item, true);
  else if (event.key === "ArrowRight" && open === "true") to = all[at + 1];
  else if (event.key === "ArrowLeft" && open === "true") foldBranch(item, false);
  else if (event.key === "ArrowLeft") to = all.slice(0, at).reverse().find((other) => depthOf(other) < depthOf(item));
  else return;
  event.preventDefault();
  if (to) { item.tabIndex = -1; to.tabIndex = 0; to.focus(); }
});
