// Dragging a card to another column of a board; the server decides whether the move holds. The menu twin is the key M or the card's page.
import { openLayer } from "./layers.js";
import { post, words } from "./page.js";
import { showToast } from "./toasts.js";

let card = null, home = null;

function columnAt(event) { return event.target.closest?.("[data-column]"); }

document.addEventListener("dragstart", (event) => {
  card = event.target.closest?.("[data-card]");
  if (card) { home = { parent: card.parentElement, next: card.nextElementSibling }; event.dataTransfer.effectAllowed = "move"; }
});
document.addEventListener("dragover", (event) => {
  const column = card && columnAt(event);
  document.querySelectorAll(".bcol.over").forEach((other) => other.classList.toggle("over", other === column));
  if (!column?.dataset.column) return;
  event.preventDefault();
  column.classList.add("over");
});
document.addEventListener("drop", async (event) => {
  const column = card && columnAt(event);
  document.querySelectorAll(".bcol.over").forEach((other) => other.classList.remove("over"));
  if (!column?.dataset.column || column.contains(home.parent)) return;
  event.preventDefault();
  const [moved, from] = [card, home];
  column.querySelector(".bcs").prepend(moved);
  const answer = await post(column.dataset.column, { id: moved.dataset.card }).catch(() => null);
  const dialog = answer?.headers.get("X-Dialog");
  if (answer?.ok && !dialog) return;
  from.parent.insertBefore(moved, from.next);
  if (dialog) openLayer(document.getElementById("dialog"), dialog);
  else if (!answer) showToast({ text: words("offline"), tone: "bad" });
});
document.addEventListener("dragend", () => { card = null; });
