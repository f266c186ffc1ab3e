// What every behaviour needs: texts in the page's language, the live region, posting.
const TEXTS = JSON.parse(document.getElementById("texts")?.textContent || "{}");

export function words(key, values = {}) {
  return (TEXTS[key] || key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// What lies behind a modal dialog is not heard: there the dialog has a live region of its own.
function liveRegion() {
  const layer = [...document.querySelectorAll("dialog:modal")].at(-1);
  if (!layer) return document.getElementById("live");
  const known = layer.querySelector(":scope > .live");
  if (known) return known;
  const made = make("div", { class: "live", role: "status", "aria-live": "polite" });
  layer.append(made);
  return made;
}

export function sayAloud(text) {
  const live = liveRegion();
  if (!live) return;
  live.textContent = "";
  setTimeout(() => { live.textContent = text; }, 50);
}

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

export function drawIcon(name, cls = "") {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", `i ${cls}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `${TEXTS.sprite}#${name}`);
  svg.append(use);
  return svg;
}

export function token() {
  const headers = document.body.getAttribute("hx-headers:inherited");
  return headers ? JSON.parse(headers)["X-CSRFToken"] : "";
}

// Answers of the server may fire events in the page by their HX-Trigger header; posts of our own do the same.
export async function post(address, data = {}) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "X-CSRFToken": token(), "HX-Request": "true" },
    body: new URLSearchParams(data),
  });
  const events = JSON.parse(answer.headers.get("HX-Trigger") || "{}");
  for (const [name, detail] of Object.entries(events)) {
    document.body.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
  return answer;
}

export function visible(element) {
  return Boolean(element && element.getClientRects().length);
}

export function isTyping(target) {
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !/^(checkbox|radio|button|submit)$/.test(target.type);
}

// Whether keys without Ctrl do something: the account and this device may switch them off.
export function singleKeys() {
  return document.body.dataset.keys !== "off" && localStorage.getItem("keys") !== "off";
}
