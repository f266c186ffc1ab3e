// Telling a colleague while writing: an @ in a text asks for names, by pinyin and initials too; the chosen name is written out.
import { make, sayAloud, words } from "./page.js";

const MENTION = /(?:^|[^A-Za-z0-9._-])@([^\s@，。；：、,;:]{0,20})$/; // an e-mail address is nobody's name
let mentionList = null, mentionLatest = 0, mentionTimer;

function mentionTyped(field) { return field.value.slice(0, field.selectionStart).match(MENTION)?.[1]; }

function closeMentions() {
  mentionLatest += 1;
  clearTimeout(mentionTimer);
  mentionList?.remove();
  mentionList = null;
}

async function offerNames(field) {
  const mine = ++mentionLatest, typed = mentionTyped(field);
  const answer = await fetch(`/options/user?prefix=mention&q=${encodeURIComponent(typed)}`, { headers: { "HX-Request": "true" } }).catch(() => null);
  const found = answer?.ok ? document.createRange().createContextualFragment(await answer.text()) : null;
  if (mine !== mentionLatest || document.activeElement !== field) return;
  closeMentions();
  const options = [...found?.querySelectorAll("[role=option]") ?? []].slice(0, 6);
  if (!options.length || options.length === 1 && options[0].dataset.label === typed) return;
  options[0].setAttribute("aria-selected", "true");
  mentionList = make("div", { class: "opl", role: "listbox", "aria-label": words("colleagues"), "data-mentions": true }, ...options);
  field.parentElement.classList.add("opl-at");
  field.parentElement.append(mentionList);
  sayAloud(words("results", { n: options.length }));
}

function writeName(field, option) {
  const from = field.selectionStart - mentionTyped(field).length;
  field.setRangeText(`${option.dataset.label} `, from, field.selectionStart, "end");
  closeMentions();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("input", (event) => {
  if (!event.target.matches?.("textarea, input[data-mention]")) return;
  clearTimeout(mentionTimer);
  if (mentionTyped(event.target) === undefined) closeMentions();
  else mentionTimer = setTimeout(offerNames, 150, event.target);
});
document.addEventListener("keydown", (event) => {
  if (!mentionList || event.isComposing || event.ctrlKey || event.metaKey) return;
  const all = [...mentionList.children];
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) all.forEach((option, n) => option.setAttribute("aria-selected", n === (at + step + all.length) % all.length));
  else if (event.key === "Enter" || event.key === "Tab") writeName(event.target, all[at]);
  else if (event.key === "Escape") closeMentions();
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);
document.addEventListener("mousedown", (event) => {
  const option = event.target.closest?.("[data-mentions] [role=option]");
  if (!option) return;
  event.preventDefault();
  writeName(document.activeElement, option);
});
document.addEventListener("focusout", closeMentions);
