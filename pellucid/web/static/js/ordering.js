// Putting a few things in order by dragging: rows of a list (<ul data-order> with <li draggable="true">; arrow buttons are its twin), or tabs that
// stand side by side (<nav data-order="address"> with <a data-key-of="…">; its twin is a dialog). Tabs keep their order at the address at once.
const ITEM = "ul[data-order] > li, nav[data-order] > a";
let dragged = null;

function reordered(list) {
  if (!list.dataset.order) { list.dispatchEvent(new Event("input", { bubbles: true })); return; }
  const order = [...list.querySelectorAll("[data-key-of]")].map((tab) => tab.dataset.keyOf);
  htmx.ajax("POST", list.dataset.order, { values: { order, dragged: 1 }, swap: "none", source: list });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-order] [data-move]");
  if (!button) return;
  const item = button.closest("li");
  const other = button.dataset.move === "up" ? item.previousElementSibling : item.nextElementSibling;
  if (!other) return;
  if (button.dataset.move === "up") other.before(item); else other.after(item);
  button.focus();
  reordered(item.parentElement);
});
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.(ITEM);
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  dragged.startsAfter = dragged.previousElementSibling;
});
document.addEventListener("dragover", (event) => {
  const over = event.target.closest?.(ITEM);
  if (!dragged || !over || over.parentElement !== dragged.parentElement) return;
  event.preventDefault();
  if (over === dragged) return;
  const box = over.getBoundingClientRect();
  const first = over.tagName === "A" ? event.clientX < box.left + box.width / 2 : event.clientY < box.top + box.height / 2;
  if (first) over.before(dragged); else over.after(dragged);
});
document.addEventListener("dragend", () => {
  if (dragged && dragged.startsAfter !== dragged.previousElementSibling) reordered(dragged.parentElement);
  dragged = null;
});
