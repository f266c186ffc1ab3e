// Typed text is never lost: forms with data-draft keep their text on this device every two seconds, per record, until they are saved.
import { words } from "./page.js";

const PREFIX = "draft:";
let draftTimer;

function textFields(form) {
  return [...form.elements].filter((field) => field.name && /^(textarea|text|search|email|tel|url|date|datetime-local|select-one)$/.test(field.type));
}

function keep(form) {
  const kept = {};
  for (const field of textFields(form)) if (field.value) kept[field.name] = field.value;
  const key = PREFIX + form.dataset.draft;
  const typed = form.querySelector("textarea")?.value.trim() || !form.matches("[data-composer]");
  try {
    if (typed && Object.keys(kept).length) localStorage.setItem(key, JSON.stringify({ at: Date.now(), kept }));
    else localStorage.removeItem(key);
  } catch { return; }
  note(form, typed ? words("draft") : "");
}

function note(form, text) {
  const place = form.querySelector("[data-draft-note]");
  if (place) { place.textContent = text; place.hidden = !text; }
}

function restore(form) {
  if (form.dataset.restored) return;
  form.dataset.restored = "1";
  let draft;
  try { draft = JSON.parse(localStorage.getItem(PREFIX + form.dataset.draft)); } catch { draft = null; }
  if (!draft || Date.now() - draft.at > 30 * 86400e3) return;
  let used = false;
  for (const field of textFields(form)) {
    if (draft.kept[field.name] && !field.value) { field.value = draft.kept[field.name]; used = true; }
  }
  if (used) note(form, words("restored"));
}

function restoreAll() { document.querySelectorAll("form[data-draft]").forEach(restore); }

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (!form) return;
  clearTimeout(draftTimer);
  draftTimer = setTimeout(() => keep(form), 2000);
});
// Saved when the server said so: any answer below 400.
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  const form = ctx.sourceElement?.closest?.("form[data-draft]");
  if (!form || ctx.response.status >= 400 || ctx.request.method === "GET") return;
  clearTimeout(draftTimer);
  localStorage.removeItem(PREFIX + form.dataset.draft);
  note(form, "");
  if (form.matches("[data-composer]")) { form.reset(); form.classList.remove("open"); spread(form, false); }
});
document.addEventListener("htmx:after:swap", restoreAll);
// An entry put on top brings its day along; the same day below it needs no second head.
document.addEventListener("htmx:after:swap", () => {
  let last = "";
  for (const day of document.querySelectorAll("#timeline .day")) {
    if (day.textContent === last) day.remove();
    else last = day.textContent;
  }
});
document.addEventListener("act:compose", () => {
  const form = document.getElementById("composer");
  form?.classList.add("open");
  form?.querySelector("textarea").focus();
});
document.addEventListener("act:composer-close", ({ detail }) => detail.source.closest("form").classList.remove("open"));
// Who begins to write sees all there is to fill in; who leaves an empty box behind has the timeline back.
function spread(form, open) {
  const more = form.querySelector("[data-more]");
  if (!more) return;
  more.hidden = !open;
  form.classList.toggle("full1", open);
  form.querySelector("[data-act=composer-more]").setAttribute("aria-expanded", open);
}
document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("[data-composer] textarea")) spread(event.target.form, true);
});
document.addEventListener("focusout", (event) => {
  const form = event.target.closest?.("[data-composer]");
  const away = form && event.relatedTarget && !form.contains(event.relatedTarget);
  if (away && ![...form.elements].some((field) => field.value && /^(textarea|text|datetime-local|select-one|file)$/.test(field.type))) spread(form, false);
});
document.addEventListener("act:composer-more", ({ detail }) => {
  spread(detail.source.form, true);
  detail.source.form.querySelector("#composer-next")?.focus();
});
restoreAll();
