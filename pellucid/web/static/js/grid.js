// The grid of rights: blocks follow the choice, presets fill a row, what is not saved yet is marked and counted.
function stepsOf(select) { return [...select.closest("label").classList].find((name) => /^s\d$/.test(name)); }

function draw(control) {
  if (control.matches("[data-steps] select")) {
    const label = control.closest("label");
    label.classList.remove(stepsOf(control));
    label.classList.add(`s${control.value}`);
  }
  const changed = control.type === "checkbox" ? control.checked !== control.defaultChecked : ![...control.options].some((o) => o.selected && o.defaultSelected);
  control.closest("td")?.classList.toggle("chg1", changed);
}

function count(form) {
  const n = form.querySelectorAll(".chg1").length + [...form.querySelectorAll("input[type=radio]")].filter((r) => r.checked && !r.defaultChecked).length;
  const note = document.querySelector("[data-grid-count]");
  if (note) { note.hidden = n === 0; note.textContent = `${form.dataset.gridText} ${n}`; }
}

function fill(row, verbs) {
  const wide = Number(row.querySelector("select[data-verb=view]")?.value || 0) || 1;
  for (const control of row.querySelectorAll("[data-verb]")) {
    const on = verbs.includes(control.dataset.verb);
    if (control.type === "checkbox") control.checked = on;
    else control.value = on ? String(Number(control.value) || wide) : "0";
    draw(control);
  }
}

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("[data-grid]");
  if (!form) return;
  if (event.target.matches("[data-preset]")) {
    if (event.target.value) fill(event.target.closest("tr"), event.target.value.split(" "));
  } else if (event.target.matches("[data-verb]")) draw(event.target);
  count(form);
});
