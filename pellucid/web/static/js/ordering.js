// Putting rows of a small list in order, by dragging or by the arrow buttons: <ul data-order> with <li draggable="true">.
let dragged = null;

function reordered(list) { list.dispatchEvent(new Event("input", { bubbles: true })); }

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
  dragged = event.target.closest?.("[data-order] > li");
  if (dragged) event.dataTransfer.effectAllowed = "move";
});
document.addEventListener("dragover", (event) => {
  const over = event.target.closest?.("[data-order] > li");
  if (!dragged || !over || over === dragged || over.parentElement !== dragged.parentElement) return;
  event.preventDefault();
  const box = over.getBoundingClientRect();
  if (event.clientY < box.top + box.height / 2) over.before(dragged); else over.after(dragged);
});
document.addEventListener("dragend", () => { if (dragged) reordered(dragged.parentElement); dragged = null; });
