// Ctrl+K: one place to go, search and act. The field keeps the focus; arrows move the chosen hit (combobox pattern).
import { openLayer, openPeek } from "./layers.js";
import { runAct } from "./acts.js";
import { sayAloud, words } from "./page.js";

const palette = document.getElementById("palette");
const field = palette?.querySelector("input");
const hits = document.getElementById("palette-hits");
let timer, latest = 0;

export function openPalette() {
  if (!palette || palette.open) return;
  palette.showModal();
  field.value = "";
  field.focus();
  search();
}

async function search() {
  const mine = ++latest;
  const address = `${palette.dataset.src}?q=${encodeURIComponent(field.value)}`;
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok || mine !== latest) return;
  const text = await answer.text();
  if (mine !== latest) return;
  hits.replaceChildren(document.createRange().createContextualFragment(text));
  choose(0);
  sayAloud(options().length ? words("results", { n: options().length }) : words("no_hits"));
}

function options() { return [...hits.querySelectorAll("[role=option]")]; }

function choose(at) {
  const all = options();
  all.forEach((hit, n) => hit.setAttribute("aria-selected", n === at));
  const chosen = all[at];
  if (chosen) field.setAttribute("aria-activedescendant", chosen.id);
  else field.removeAttribute("aria-activedescendant");
  chosen?.scrollIntoView({ block: "nearest" });
}

function follow(hit, peek) {
  palette.close();
  if (peek && hit.dataset.peek) openPeek(hit.dataset.peek);
  else if (hit.dataset.act) runAct(hit.dataset.act, hit);
  else if (hit.dataset.drawer) openLayer(document.getElementById("drawer"), hit.dataset.drawer);
  else location.href = hit.href;
}

field?.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 120); });
field?.addEventListener("keydown", (event) => {
  const all = options();
  const at = all.findIndex((hit) => hit.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (all.length) choose((at + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length);
  } else if (event.key === "Enter" && all[at]) {
    event.preventDefault();
    follow(all[at], event.ctrlKey || event.metaKey);
  }
});
palette?.addEventListener("click", (event) => {
  const hit = event.target.closest("[role=option]");
  if (hit) { event.preventDefault(); event.stopPropagation(); follow(hit, event.ctrlKey); }
  else if (event.target === palette) palette.close();
});
document.addEventListener("act:palette", openPalette);
