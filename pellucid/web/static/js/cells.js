// The rows behind a number in the drawer: the arrow keys and the buttons there go on to the next number of its card.
import { openLayer } from "./layers.js";

const beside = document.getElementById("drawer");
let shown = null;

// Figures of one card (or of the strip on top) are neighbours; a bar stands for the figure of its number.
const RANGE = "section.card, .facts", NUMBER = 'a[data-drawer^="/analyses/behind"]';

function goOn(by) {
  const cells = [...(shown?.closest(RANGE)?.querySelectorAll(NUMBER) || [])];
  const next = cells[cells.indexOf(shown) + by];
  if (!shown || !next) return;
  outline(next);
  openLayer(beside, next.dataset.drawer);
}

function outline(cell) {
  shown?.closest("td")?.classList.remove("open");
  shown = cell;
  shown?.closest("td")?.classList.add("open");
}

document.addEventListener("click", (event) => {
  const number = event.target.closest('[data-drawer^="/analyses/behind"]');
  if (number && !beside?.contains(number)) {
    const twins = [...(number.closest(RANGE)?.querySelectorAll(NUMBER) || [])];
    outline(twins.find((one) => one.dataset.drawer === number.dataset.drawer) || number);
  }
  const step = event.target.closest("[data-neighbour]");
  if (step) goOn(Number(step.dataset.neighbour));
});

document.addEventListener("keydown", (event) => {
  if (!beside?.open || !beside.querySelector("[data-neighbour]") || event.target.closest("input, select, textarea")) return;
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!by) return;
  event.preventDefault();
  goOn(by);
});

beside?.addEventListener("close", () => outline(null));
