// Editing a field where it stands: Enter saves, Esc restores, Tab saves and opens the next field.
import { sayAloud } from "./page.js";

let nextField = null;

function cells() { return [...document.querySelectorAll("dd > [data-inline], dd > [data-inline-form]")]; }

document.addEventListener("htmx:after:swap", () => {
  const form = document.querySelector("[data-inline-form]:not([data-ready])");
  if (form) {
    form.dataset.ready = "1";
    form.dataset.was = new URLSearchParams(new FormData(form)).toString();
    const field = form.querySelector("input:not([type=hidden]), select, textarea");
    field?.focus();
    field?.select?.();
  }
  if (nextField && document.contains(nextField)) { const button = nextField; nextField = null; button.click(); }
  document.querySelectorAll("[data-saved]").forEach((mark) => {
    if (!mark.dataset.said) sayAloud(mark.textContent);
    mark.dataset.said = "1";
    setTimeout(() => mark.remove(), 2000);
  });
});

function restoreField(form) {
  const cell = form.closest("dd");
  const address = new URL(form.dataset.back, location.href);
  address.searchParams.set("cancel", "1");
  htmx.ajax("GET", address.pathname + address.search, { target: cell, swap: "innerHTML", source: cell })
    .then(() => cell.querySelector("[data-inline]")?.focus());
}

function unchanged(form) { return new URLSearchParams(new FormData(form)).toString() === form.dataset.was; }

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("[data-inline-form]");
  if (!form || event.isComposing) return;
  const open = form.querySelector("[aria-expanded=true]");
  if (event.key === "Escape" && !open) {
    event.preventDefault();
    event.stopPropagation();
    restoreField(form);
  } else if (event.key === "Enter" && !open && (event.target.tagName !== "TEXTAREA" || event.ctrlKey)) {
    event.preventDefault();
    if (unchanged(form)) restoreField(form); else form.requestSubmit();
  } else if (event.key === "Tab") {
    const all = cells();
    nextField = all[all.indexOf(form) + (event.shiftKey ? -1 : 1)] || null;
    event.preventDefault();
    if (unchanged(form)) restoreField(form); else form.requestSubmit();
  }
});
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("[data-inline-form]");
  if (form && (event.target.tagName === "SELECT" || event.target.type === "checkbox" || event.target.type === "hidden")) form.requestSubmit();
});
document.addEventListener("focusout", (event) => {
  const form = event.target.closest?.("[data-inline-form]");
  if (form && event.relatedTarget && !form.contains(event.relatedTarget) && !nextField) {
    if (unchanged(form)) restoreField(form); else form.requestSubmit();
  }
});
