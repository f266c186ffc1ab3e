// A text field that offers what the server finds: data-src is asked with ?q= and answers with options (parts/options.html).
import { drawIcon, make, sayAloud, words } from "./page.js";

let comboTimer, comboLatest = 0;

function partsOf(box) {
  return { field: box.querySelector("[role=combobox]"), list: box.querySelector("[role=listbox]"), hidden: box.querySelector(":scope > input[type=hidden]") };
}

async function ask(box) {
  const { field, list } = partsOf(box);
  const mine = ++comboLatest;
  const joint = box.dataset.src.includes("?") ? "&" : "?";
  const address = `${box.dataset.src}${joint}q=${encodeURIComponent(field.value)}&prefix=${encodeURIComponent(list.id)}`;
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok || mine !== comboLatest) return;
  list.replaceChildren(document.createRange().createContextualFragment(await answer.text()));
  list.querySelectorAll("[role=option]").forEach((option, n) => { option.id ||= `${list.id}-${n}`; });
  setOpen(box, true);
  const count = list.querySelectorAll("[role=option]").length;
  sayAloud(count ? words("results", { n: count }) : words("no_hits"));
}

function setOpen(box, open) {
  const { field, list } = partsOf(box);
  list.hidden = !open;
  field.setAttribute("aria-expanded", open);
  if (!open) field.removeAttribute("aria-activedescendant");
}

function mark(box, step) {
  const { field, list } = partsOf(box);
  const all = [...list.querySelectorAll("[role=option]:not([aria-disabled=true])")];
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const next = all[(at + step + all.length) % all.length];
  all.forEach((option) => option.setAttribute("aria-selected", option === next));
  if (next) { field.setAttribute("aria-activedescendant", next.id); next.scrollIntoView({ block: "nearest" }); }
}

function take(box, option) {
  const { field, hidden } = partsOf(box);
  const { value, label } = option.dataset;
  if (box.hasAttribute("data-many")) {
    if (!box.querySelector(`.vals [data-value="${CSS.escape(value)}"]`)) {
      const drop = make("button", { type: "button", class: "x0", "data-drop": true, "aria-label": `${words("remove")} ${label}` });
      drop.append(drawIcon("x", "i-s"));
      box.querySelector(".vals").append(make("span", { class: "chip", "data-value": value }, label, drop, make("input", { type: "hidden", name: box.dataset.name, value })));
    }
    field.value = "";
  } else {
    field.value = label;
    field.dataset.label = label;
    hidden.value = value;
    hidden.dispatchEvent(new Event("change", { bubbles: true }));
  }
  box.dispatchEvent(new Event("input", { bubbles: true }));
  setOpen(box, false);
}

// What was typed and not yet chosen: Enter takes the first that fits instead of sending the form without it.
function typedOnly(box) {
  const { field, hidden } = partsOf(box);
  return Boolean(field.value.trim()) && !hidden?.value;
}
async function takeFirst(box) {
  clearTimeout(comboTimer);
  await ask(box);
  const first = partsOf(box).list.querySelector("[role=option]:not([aria-disabled=true])");
  if (first) take(box, first);
}

document.addEventListener("input", (event) => {
  const box = event.target.closest?.("[data-combobox]");
  if (!box || !event.target.matches("[role=combobox]")) return;
  const { hidden } = partsOf(box);
  if (hidden) hidden.value = "";
  clearTimeout(comboTimer);
  comboTimer = setTimeout(() => ask(box), 150);
});
document.addEventListener("keydown", (event) => {
  const box = event.target.closest?.("[data-combobox]");
  if (!box || event.isComposing) return;
  const { list } = partsOf(box);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (list.hidden) ask(box); else mark(box, event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && (!list.hidden || typedOnly(box))) {
    const chosen = list.querySelector("[aria-selected=true]");
    if (!chosen && !typedOnly(box)) return;
    event.preventDefault();
    event.stopPropagation();
    if (chosen) take(box, chosen); else takeFirst(box);
  } else if (event.key === "Escape" && !list.hidden) {
    event.preventDefault();
    event.stopPropagation();
    setOpen(box, false);
  }
}, true);
document.addEventListener("mousedown", (event) => {
  const option = event.target.closest("[data-combobox] [role=option]:not([aria-disabled=true])");
  if (option) { event.preventDefault(); take(option.closest("[data-combobox]"), option); }
});
document.addEventListener("focusin", (event) => {
  if (!event.target.matches?.("[data-combobox] [role=combobox]")) return;
  event.target.dataset.label ??= event.target.value;
  event.target.select();
});
document.addEventListener("click", (event) => {
  const drop = event.target.closest("[data-drop]");
  if (drop) drop.closest(".chip").remove();
  if (event.target.matches("[data-combobox] [role=combobox]")) ask(event.target.closest("[data-combobox]"));
});
// Text that is no choice goes back to what was chosen; an emptied field means none.
document.addEventListener("focusout", (event) => {
  const box = event.target.closest?.("[data-combobox]");
  if (!box || box.contains(event.relatedTarget)) return;
  const { field, hidden } = partsOf(box);
  setOpen(box, false);
  if (hidden && field.value && !hidden.value) { hidden.value = hidden.defaultValue; field.value = hidden.value ? field.dataset.label || field.defaultValue : ""; }
});
