// Picking some of a list of cards to do one thing to all of them: data-picks holds it, data-pick the boxes, data-pick-shown the one for all that
// are shown, data-pick-dialog the button with the dialog's address. What was picked stays while one reads card after card; what is not shown any
// more is not picked.
import { openDialog } from "./layers.js";
import { sayAloud, words } from "./page.js";

const picks = document.querySelector("[data-picks]");

function boxesOf() { return [...picks.querySelectorAll("[data-pick]")]; }

function drawPicks() {
  const boxes = boxesOf();
  const on = boxes.filter((box) => box.checked);
  const every = picks.querySelector("[data-pick-shown]");
  every.checked = on.length > 0 && on.length === boxes.length;
  every.indeterminate = on.length > 0 && on.length < boxes.length;
  const button = picks.querySelector("[data-pick-dialog]");
  button.disabled = !on.length;
  button.querySelector(".num").textContent = on.length || "";
  sessionStorage.setItem(picks.dataset.picks, on.map((box) => box.dataset.pick).join(","));
  return on.length;
}

if (picks) {
  const before = new Set((sessionStorage.getItem(picks.dataset.picks) || "").split(","));
  for (const box of boxesOf()) box.checked = before.has(box.dataset.pick);
  drawPicks();
  picks.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-shown]")) for (const box of boxesOf()) box.checked = event.target.checked;
    if (event.target.closest("[data-pick], [data-pick-shown]")) sayAloud(words("selected", { n: drawPicks() }));
  });
  picks.querySelector("[data-pick-dialog]").addEventListener("click", (event) => {
    const ids = boxesOf().filter((box) => box.checked).map((box) => box.dataset.pick);
    openDialog(`${event.currentTarget.dataset.pickDialog}?ids=${ids.join(",")}`);
  });
}
