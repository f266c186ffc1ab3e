const ROOT = document.documentElement;
function remember(name, value) {
document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
}
function setTheme(theme) {
if (theme) ROOT.dataset.theme = theme;
else delete ROOT.dataset.theme;
remember("theme", theme);
}
function nextDensity() {
const order = ["normal", "compact", "roomy"];
const next = order[(order.indexOf(ROOT.dataset.density || "normal") + 1) % order.length];
if (next === "normal") delete ROOT.dataset.density;
else ROOT.dataset.density = next;
remember("density", next);
}
function toggleMenu() {
remember("menu", ROOT.classList.toggle("folded") ? "folded" : "");
}
document.addEventListener("click", (event) => {
const theme = event.target.closest("[data-theme-set]");
if (theme) setTheme(theme.dataset.themeSet);
const fold = event.target.closest("[data-fold]");
if (fold) {
const open = fold.getAttribute("aria-expanded") !== "true";
fold.setAttribute("aria-expanded", open);
document.querySelector(`[data-folds="${fold.dataset.fold}"]`).hidden = !open;
remember(`fold_${fold.dataset.fold}`, open ? "open" : "");
}
});
const TEXTS = JSON.parse(document.getElementById("texts")?.textContent || "{}");
function words(key, values = {}) {
return (TEXTS[key] || key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
function liveRegion() {
const layer = [...document.querySelectorAll("dialog:modal")].at(-1);
if (!layer) return document.getElementById("live");
const known = layer.querySelector(":scope > .live");
if (known) return known;
const made = make("div", { class: "live", role: "status", "aria-live": "polite" });
layer.append(made);
return made;
}
function sayAloud(text) {
const live = liveRegion();
if (!live) return;
live.textContent = "";
setTimeout(() => { live.textContent = text; }, 50);
}
function make(tag, attributes = {}, ...children) {
const element = document.createElement(tag);
for (const [name, value] of Object.entries(attributes)) {
if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : value);
}
element.append(...children);
return element;
}
function drawIcon(name, cls = "") {
const space = "http://www.w3.org/2000/svg";
const svg = document.createElementNS(space, "svg");
svg.setAttribute("class", `i ${cls}`);
svg.setAttribute("aria-hidden", "true");
const use = document.createElementNS(space, "use");
use.setAttribute("href", `${TEXTS.sprite}#${name}`);
svg.append(use);
return svg;
}
function token() {
const headers = document.body.getAttribute("hx-headers:inherited");
return headers ? JSON.parse(headers)["X-CSRFToken"] : "";
}
async function post(address, data = {}) {
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
function visible(element) {
return Boolean(element && element.getClientRects().length);
}
function isTyping(target) {
return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !/^(checkbox|radio|button|submit)$/.test(target.type);
}
function singleKeys() {
return document.body.dataset.keys !== "off" && localStorage.getItem("keys") !== "off";
}
const SHOWN = 2;
function showToast({ text, tone = "", undo = "", href = "", link = "" }) {
const box = document.getElementById("toasts");
if (!box) return;
const toast = make("div", { class: `toast0 ${tone}`, role: tone === "bad" ? "alert" : false, "data-toast": true });
toast.append(drawIcon(tone === "bad" ? "alert-circle" : "circle-check"), make("span", {}, text));
if (href) toast.append(make("a", { href, class: "un" }, link || words("open")));
if (undo) toast.append(make("button", { type: "button", class: "un", "data-undo": undo }, words("undo")));
const close = make("button", { type: "button", "data-close": true, "aria-label": words("close") });
close.append(drawIcon("x", "i-s"));
toast.append(close);
box.append(toast);
if (tone !== "bad" || document.querySelector("dialog:modal")) sayAloud(text);
while (box.children.length > SHOWN) box.firstElementChild.remove();
leaveLater(toast);
}
function leaveLater(toast) {
if (toast.classList.contains("bad")) return;
let timer;
const start = () => { timer = setTimeout(() => toast.remove(), toast.querySelector("[data-undo]") ? 8000 : 4000); };
toast.addEventListener("mouseenter", () => clearTimeout(timer));
toast.addEventListener("mouseleave", start);
toast.addEventListener("focusin", () => clearTimeout(timer));
toast.addEventListener("focusout", start);
start();
}
async function undoLast() {
const buttons = document.querySelectorAll("#toasts [data-undo]");
const last = buttons[buttons.length - 1];
if (last) last.click();
return Boolean(last);
}
document.querySelectorAll("#toasts [data-toast]").forEach(leaveLater);
document.addEventListener("toast", (event) => showToast(event.detail));
document.addEventListener("changed", (event) => { if (event.detail.undo) showToast({ text: words("saved"), undo: event.detail.undo }); });
document.addEventListener("click", async (event) => {
const toast = event.target.closest("[data-toast]");
if (!toast) return;
const undo = event.target.closest("[data-undo]");
if (undo) {
undo.disabled = true;
const answer = await post(undo.dataset.undo).catch(() => null);
toast.remove();
if (!answer) showToast({ text: words("offline"), tone: "bad" });
else if (answer.ok) document.body.dispatchEvent(new CustomEvent("reload", { bubbles: true }));
} else if (event.target.closest("[data-close]")) {
toast.remove();
}
});
let running = 0;
function drawWait() { document.getElementById("wait")?.classList.toggle("on", running > 0); }
document.addEventListener("htmx:before:request", () => { running += 1; drawWait(); });
document.addEventListener("htmx:finally:request", () => { running = Math.max(0, running - 1); drawWait(); });
document.addEventListener("htmx:error", (event) => {
if (event.detail.error?.name === "AbortError") return;
showToast({ text: words(navigator.onLine ? "failed" : "offline"), tone: "bad" });
});
document.addEventListener("htmx:response:error", (event) => {
const answer = event.detail.ctx?.response;
if (answer && !answer.headers.get("HX-Trigger") && answer.status >= 500) showToast({ text: words("failed"), tone: "bad" });
});
document.addEventListener("counted", (event) => {
const box = document.querySelector("[data-rows]");
if (box) box.dataset.count = event.detail.count;
sayAloud(event.detail.text);
});
function buttonOf(menu) { return menu.querySelector("[aria-expanded]"); }
function bodyOf(menu) { return menu.querySelector(".pop"); }
function closeMenu(menu, refocus = false) {
const body = bodyOf(menu);
if (body.hidden) return false;
body.hidden = true;
buttonOf(menu).setAttribute("aria-expanded", "false");
if (refocus) buttonOf(menu).focus();
return true;
}
function closeMenus(except = null) {
let closed = false;
document.querySelectorAll("[data-menu]").forEach((menu) => {
if (menu !== except) closed = closeMenu(menu, !except && menu.contains(document.activeElement)) || closed;
});
return closed;
}
function openMenu(menu, focus) {
closeMenus(menu);
bodyOf(menu).hidden = false;
buttonOf(menu).setAttribute("aria-expanded", "true");
keepInside(bodyOf(menu));
if (focus) entriesOf(menu)[0]?.focus();
}
function keepInside(body) {
body.classList.remove("up");
const box = body.getBoundingClientRect();
if (box.left < 0) body.classList.add("left");
if (box.right > innerWidth) body.classList.remove("left");
if (box.bottom > innerHeight && box.top > box.height) body.classList.add("up");
}
function entriesOf(menu) {
return [...bodyOf(menu).querySelectorAll("a, button, input")].filter(visible);
}
document.addEventListener("click", (event) => {
const menu = event.target.closest("[data-menu]");
if (menu && buttonOf(menu).contains(event.target)) {
if (bodyOf(menu).hidden) openMenu(menu, event.detail === 0);
else closeMenu(menu);
} else if (menu && event.target.closest("[role=menuitem], [role=menuitemradio]")) {
closeMenu(menu);
} else {
closeMenus(menu);
}
});
document.addEventListener("focusout", (event) => {
const menu = event.target.closest?.("[data-menu]");
if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) closeMenu(menu);
});
document.addEventListener("keydown", (event) => {
const menu = event.target.closest?.("[data-menu]");
if (!menu || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
if (bodyOf(menu).getAttribute("role") !== "menu") return;
event.preventDefault();
if (bodyOf(menu).hidden) { openMenu(menu, true); return; }
const entries = entriesOf(menu);
const at = entries.indexOf(document.activeElement);
const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key];
entries[(to + entries.length) % entries.length]?.focus();
});
const FOCUS = "focus";
let stoodAt = null;
function nameOf(element) {
return element.getAttribute("aria-label") || element.getAttribute("name") || element.textContent.trim().slice(0, 80);
}
function placeOf(element) {
if (!element || element === document.body) return null;
const above = [];
for (let parent = element.parentElement; parent && parent !== document.body; parent = parent.parentElement) above.push(parent);
const alone = element.getAttribute("hx-swap") === "outerHTML" && !element.hasAttribute("hx-target");
return { element, above, before: alone && element.previousElementSibling, id: element.id, tag: element.tagName, name: nameOf(element) };
}
function sameIn(box, { id, tag, name }) {
const same = id && document.getElementById(id);
return same || [...box.querySelectorAll(tag)].find((other) => nameOf(other) === name && visible(other));
}
function standAt(element) {
if (!element) return;
if (element.tabIndex < 0 && !element.hasAttribute("tabindex")) element.setAttribute("tabindex", "-1");
element.focus({ preventScroll: true });
}
function lostFocus() { return !document.activeElement || document.activeElement === document.body; }
function takeUp(place) {
const box = place.above.find((parent) => parent.isConnected) || document.getElementById("main");
const fresh = place.before && place.before.isConnected && place.before.nextElementSibling;
standAt(fresh || sameIn(box, place) || box.querySelector("[data-inline], [tabindex='0'], h1, h2") || document.getElementById("main"));
}
document.addEventListener("htmx:before:swap", () => { stoodAt = placeOf(document.activeElement) || stoodAt; });
document.addEventListener("htmx:after:swap", () => {
const place = stoodAt;
stoodAt = null;
if (place) queueMicrotask(() => { if (!place.element.isConnected && lostFocus()) takeUp(place); }); // after all who hear of the swap
});
function keepPlace() {
const place = placeOf(document.activeElement);
if (place) sessionStorage.setItem(FOCUS, JSON.stringify({ at: location.pathname, id: place.id, tag: place.tag, name: place.name }));
}
function arrive() {
const kept = JSON.parse(sessionStorage.getItem(FOCUS) || "null");
sessionStorage.removeItem(FOCUS);
const wrong = document.querySelector("main [data-errors], main [aria-invalid=true]");
if (wrong && lostFocus()) wrong.focus();
else if (kept?.at === location.pathname && lostFocus()) standAt(sameIn(document.body, kept));
const told = [...document.querySelectorAll("#toasts [data-toast] > span")].map((toast) => toast.textContent);
if (told.length) sayAloud(told.join(" "));
}
arrive();
const drawer = document.getElementById("drawer");
const dialog = document.getElementById("dialog");
function skeleton(layer) {
const lines = ["w60", "w80", "", "w60"].map((width) => make("span", { class: `sk ${width}` }));
layer.replaceChildren(make("div", { class: "db stack g20", "aria-busy": "true" }, ...lines));
}
async function openLayer(layer, address, peek = false) {
if (!layer) { location.href = address; return; }
layer.classList.toggle("peek", peek);
const show = () => { if (!layer.open) (peek ? layer.show() : layer.showModal()); };
const slow = setTimeout(() => { if (!layer.open) { skeleton(layer); show(); } }, 150);
try {
await htmx.ajax("GET", address, { target: layer, swap: "innerHTML", source: document.body });
} finally {
clearTimeout(slow);
}
if (!layer.querySelector(".dh")) { closeLayer(layer, true); return; }
layer.removeAttribute("data-dirty");
show();
focusFirst(layer, new URL(address, location.href).searchParams);
}
function openDialog(address) { return openLayer(dialog, address); }
function openPeek(address) { return openLayer(drawer, address, true); }
function focusFirst(layer, known = new URLSearchParams()) {
const wrong = layer.querySelector("[aria-invalid=true]");
const fields = [...layer.querySelectorAll(".db input:not([type=hidden]), .db select, .db textarea")];
const asked = fields.find((field) => !known.has(field.name || field.closest("[data-field]")?.dataset.field)) || fields[0];
const first = wrong || asked || layer.querySelector(".df .btn-p, .dh a, .dh button");
first?.focus({ preventScroll: !wrong });
}
function closeLayer(layer, sure = false) {
if (!layer?.open) return false;
if (!sure && layer.hasAttribute("data-dirty")) { askFirst(layer); return true; }
layer.removeAttribute("data-dirty");
layer.close();
layer.replaceChildren();
return true;
}
function askFirst(layer) {
if (layer.querySelector("[data-ask]")) { closeLayer(layer, true); return; }
const leave = make("button", { type: "button", class: "btn btn-s btn-d" }, words("leave"));
leave.addEventListener("click", () => closeLayer(layer, true));
const line = make("div", { class: "df", "data-ask": true, role: "alert" }, make("span", { class: "sp" }), leave);
(layer.querySelector(".df") || layer.lastElementChild).before(line);
leave.focus();
}
function topLayer() {
return [dialog, drawer].find((layer) => layer?.open);
}
for (const layer of [drawer, dialog]) {
layer?.addEventListener("cancel", (event) => { event.preventDefault(); closeLayer(layer); });
layer?.addEventListener("mousedown", (event) => { if (event.target === layer && !layer.classList.contains("peek")) closeLayer(layer); });
layer?.addEventListener("input", (event) => { if (event.target.closest("[data-form]")) layer.setAttribute("data-dirty", ""); });
}
document.addEventListener("click", (event) => {
const opener = event.target.closest("[data-drawer], [data-dialog]");
if (opener && !(opener.href && (event.ctrlKey || event.metaKey || event.shiftKey))) { // a link keeps its new tab and window
event.preventDefault();
const { drawer: side, dialog: middle, carry } = opener.dataset; // carry: what was typed beside the button goes along
const typed = carry && document.querySelector(carry);
const along = typed?.value ? `${middle.includes("?") ? "&" : "?"}${typed.name}=${encodeURIComponent(typed.value.slice(0, 199))}` : "";
openLayer(side ? drawer : dialog, side || middle + along);
return;
}
const closer = event.target.closest("[data-close]");
const layer = closer?.closest("dialog");
if (layer === drawer || layer === dialog) closeLayer(layer);
else layer?.close();
});
document.addEventListener("closeLayer", () => closeLayer(topLayer(), true));
document.addEventListener("reload", async () => {
const list = document.getElementById("list");
if (list) await htmx.ajax("GET", location.href, { target: list, swap: "innerHTML", source: list });
else { keepPlace(); location.reload(); }
});
document.addEventListener("htmx:after:swap", (event) => {
const layer = event.target.closest?.("dialog");
if (layer?.open && layer.querySelector("[aria-invalid=true], [data-errors]")) focusFirst(layer);
});
function asked(question, label, danger = false) {
return new Promise((resolve) => {
const yes = make("button", { type: "button", class: `btn ${danger ? "btn-d" : "btn-p"}` }, label);
const no = make("button", { type: "button", class: "btn", "data-close": true }, words("cancel"));
const dialog = make("dialog", { class: "dlg", "aria-labelledby": "ask-title" },
make("div", { class: "frame0" },
make("div", { class: "dh" }, make("h2", { id: "ask-title" }, label)),
make("div", { class: "db" }, make("p", {}, question)),
make("div", { class: "df" }, make("span", { class: "sp" }), no, yes)));
let answer = false;
yes.addEventListener("click", () => { answer = true; dialog.close(); });
dialog.addEventListener("close", () => { dialog.remove(); resolve(answer); });
document.body.append(dialog);
dialog.showModal();
yes.focus();
});
}
document.addEventListener("htmx:confirm", async (event) => {
event.preventDefault();
const { ctx, issueRequest, dropRequest } = event.detail;
const source = ctx.sourceElement;
const label = source.getAttribute("aria-label") || source.textContent.trim();
if (await asked(ctx.confirm, label, source.classList.contains("btn-d"))) issueRequest();
else dropRequest();
});
function runAct(name, source) {
document.dispatchEvent(new CustomEvent(`act:${name}`, { detail: { source } }));
}
document.addEventListener("click", (event) => {
const button = event.target.closest("[data-act]");
if (button && !button.closest("#palette")) runAct(button.dataset.act, button);
const toggle = event.target.closest("[data-toggle]");
if (toggle) toggle.setAttribute("aria-pressed", toggle.getAttribute("aria-pressed") !== "true");
});
document.addEventListener("act:density", nextDensity);
document.addEventListener("act:menu", toggleMenu);
document.addEventListener("act:keys", () => document.getElementById("keys")?.showModal());
document.addEventListener("act:print", () => print());
document.addEventListener("act:copy", ({ detail }) => navigator.clipboard?.writeText(detail.source.dataset.copy));
document.addEventListener("scroll", (event) => {
const area = event.target.closest?.("[data-scrolls] > *");
if (area && matchMedia("(min-width: 768px)").matches) {
area.closest(".region").classList.toggle("shrunk", area.scrollTop > (area.closest(".shrunk") ? 4 : 160));
}
if (event.target.matches?.("[data-rows]")) event.target.classList.toggle("scrolled", event.target.scrollLeft > 0);
}, { capture: true, passive: true });
function press(key) {
const all = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].filter((element) => visible(element) && !element.closest("dialog:not([open])"));
const found = all.find((element) => element.closest("#main")) || all[0]; // what the page says comes before the frame around it
if (!found) return false;
if (found.disabled) return false;
if (/^(INPUT|TEXTAREA)$/.test(found.tagName) && found.type !== "checkbox") { found.focus(); found.select?.(); }
else found.click();
return true;
}
const palette = document.getElementById("palette");
const field = palette?.querySelector("input");
const hits = document.getElementById("palette-hits");
let timer, latest = 0;
function openPalette() {
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
document.addEventListener("focusout", (event) => {
const box = event.target.closest?.("[data-combobox]");
if (!box || box.contains(event.relatedTarget)) return;
const { field, hidden } = partsOf(box);
setOpen(box, false);
if (hidden && field.value && !hidden.value) { hidden.value = hidden.defaultValue; field.value = hidden.value ? field.dataset.label || field.defaultValue : ""; }
});
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
let saving = Promise.resolve();
const rowVersions = new Map();
const rowOf = (cell) => cell.dataset.cell.replace(/\/cell\/[^/]*$/, "");
const cellAt = (address) => document.querySelector(`[data-cell="${CSS.escape(address)}"]`);
function complainAt(cell, text) {
delete cell.dataset.sent;
cell.setAttribute("aria-invalid", "true");
cell.title = text;
showToast({ text, tone: "bad" });
}
async function saveCell(address, typed, version) {
const row = address.replace(/\/cell\/[^/]*$/, "");
const answer = await post(address, { value: typed, version: rowVersions.get(row) || version }).catch(() => null);
const cell = cellAt(address);
if (!answer) return cell && complainAt(cell, words("offline"));
const said = await answer.json().catch(() => ({}));
if (!answer.ok) return cell && complainAt(cell, said.error || words("failed"));
rowVersions.set(row, said.version);
await drawAnew();
}
async function pageAt(address) {
const answer = await fetch(address, { headers: { accept: "text/html" } }).catch(() => null);
return answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}
async function drawAnew() {
const shown = document.querySelector("[data-tabs] [aria-selected=true][data-src]");
for (const tab of document.querySelectorAll("[data-tabs] [data-loaded]")) if (tab !== shown) delete tab.dataset.loaded;
const fresh = (await Promise.all([location.href, shown?.dataset.src].filter(Boolean).map(pageAt))).filter(Boolean);
const held = document.activeElement?.dataset?.cell ? document.activeElement : null;
const typed = held && held.value !== (held.dataset.sent ?? held.dataset.kept) ? held.value : null;
held?.blur();
for (const old of document.querySelectorAll("[data-follows]")) {
const now = fresh.map((page) => page.querySelector(`[data-follows="${old.dataset.follows}"]`)).find(Boolean);
if (!now) continue;
const placed = document.importNode(now, true);
old.replaceWith(placed);
window.htmx?.process(placed);
}
rowVersions.clear();
const back = held && cellAt(held.dataset.cell);
if (!back) return;
if (typed !== null) back.value = typed;
back.focus();
if (typed === null) back.select();
}
function leaveCell(cell) {
const typed = cell.value.trim();
if (typed === (cell.dataset.sent ?? cell.dataset.kept)) return;
const address = cell.dataset.cell, version = cell.dataset.version;
cell.dataset.sent = typed;
saving = saving.then(() => saveCell(address, typed, version));
}
document.addEventListener("focusin", (event) => { if (event.target.matches?.("[data-cell]")) event.target.select(); });
document.addEventListener("change", (event) => { if (event.target.matches?.("[data-cell]")) leaveCell(event.target); });
document.addEventListener("keydown", (event) => {
const cell = event.target.closest?.("[data-cell]");
if (!cell || event.isComposing) return;
if (event.key === "Escape" && cell.value !== cell.dataset.kept) {
event.stopPropagation();
cell.value = cell.dataset.kept;
cell.removeAttribute("aria-invalid");
cell.select();
sayAloud(cell.value);
return;
}
const by = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
if (!by) return;
event.preventDefault();
const name = cell.dataset.cell.split("/").pop();
const column = [...document.querySelectorAll(`[data-cell$="/cell/${CSS.escape(name)}"]`)];
const next = column[column.findIndex((one) => rowOf(one) === rowOf(cell)) + (event.shiftKey ? -by : by)];
if (next) next.focus(); else leaveCell(cell);
});
function showTab(tab, focus = false) {
const bar = tab.closest("[data-tabs]");
for (const other of bar.querySelectorAll("[role=tab]")) {
const on = other === tab;
other.setAttribute("aria-selected", on);
other.tabIndex = on ? 0 : -1;
const pane = document.getElementById(other.getAttribute("aria-controls"));
if (pane) pane.hidden = !on;
}
const pane = document.getElementById(tab.getAttribute("aria-controls"));
if (tab.dataset.src && !tab.dataset.loaded) {
tab.dataset.loaded = "1";
htmx.ajax("GET", tab.dataset.src, { target: pane, swap: "innerHTML", source: pane });
}
history.replaceState(history.state, "", `#${tab.id.replace(/^tab-/, "")}`);
tab.scrollIntoView({ block: "nearest", inline: "nearest" });
if (focus) tab.focus();
}
document.addEventListener("click", (event) => {
const tab = event.target.closest("[data-tabs] [role=tab]");
if (tab) showTab(tab);
});
document.addEventListener("keydown", (event) => {
const tab = event.target.closest?.("[data-tabs] [role=tab]");
if (!tab) return;
const all = [...tab.closest("[data-tabs]").querySelectorAll("[role=tab]")];
const to = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
if (to) { event.preventDefault(); showTab(all[(all.indexOf(tab) + to + all.length) % all.length], true); }
if (event.key === "Home" || event.key === "End") { event.preventDefault(); showTab(all[event.key === "Home" ? 0 : all.length - 1], true); }
});
function fade(bar) {
bar.classList.toggle("cut1", bar.scrollLeft + bar.clientWidth < bar.scrollWidth - 4);
}
const fading = ".vtab, .bar, .strip";
const fadeAll = () => document.querySelectorAll(fading).forEach(fade);
document.addEventListener("scroll", (event) => { if (event.target.matches?.(fading)) fade(event.target); }, { capture: true, passive: true });
document.addEventListener("htmx:after:swap", fadeAll);
addEventListener("resize", fadeAll);
for (const bar of document.querySelectorAll(".vtab")) {
const here = bar.querySelector("[aria-current]");
if (here) bar.scrollLeft = here.offsetLeft - bar.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
}
fadeAll();
const wantedTab = location.hash && document.getElementById(`tab-${location.hash.slice(1)}`);
const openTab = wantedTab || document.querySelector("[data-tabs] [role=tab][aria-selected=true][data-src]");
if (openTab) showTab(openTab);
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
const UNITS = { "万": 1e4, "亿": 1e8, k: 1e3, m: 1e6, w: 1e4 };
function parseMoney(text) {
const found = text.trim().replace(/[,，\s￥¥$]/g, "").match(/^([-−]?\d+(?:\.\d+)?)(万|亿|k|m|w)?元?$/i);
return found ? Number(found[1].replace("−", "-")) * (UNITS[found[2]?.toLowerCase()] || 1) : NaN;
}
function echoMoney(field) {
const echo = field.closest(".f")?.querySelector("[data-echo]");
const amount = parseMoney(field.value);
if (!echo) return;
echo.hidden = Number.isNaN(amount) || !field.value.trim();
echo.textContent = words("echo", { n: amount.toLocaleString() });
}
function showWanted(form) {
for (const part of form.querySelectorAll("[data-when]")) {
const [name, ...values] = part.dataset.when.split(" ");
const by = form.elements[name];
part.hidden = Boolean(by) && !values.includes(by.value);
}
addPicked(form);
}
function ready() {
document.querySelectorAll("[data-money]").forEach(echoMoney);
for (const part of document.querySelectorAll("[data-when]")) showWanted(part.closest("form"));
for (const told of document.querySelectorAll("[data-comes-to]")) addPicked(told.closest("form"));
}
ready();
document.addEventListener("htmx:after:swap", ready);
function addPicked(form) {
const told = form.querySelector("[data-comes-to]");
if (!told) return;
const rows = [...form.querySelectorAll(".pk1:not([hidden])")].filter((row) => row.querySelector("[data-ticked]").checked);
const sum = rows.reduce((total, row) => total + Math.round(parseMoney(row.querySelector("[data-money]").value) * 100), 0);
told.textContent = rows.length && !Number.isNaN(sum) ? `${words("together")} ${(sum / 100).toLocaleString(undefined, { minimumFractionDigits: 2 })}` : "";
}
document.addEventListener("input", (event) => {
const row = event.target.closest(".pk1");
if (row && event.target.matches("[data-money]")) row.querySelector("[data-ticked]").checked = true;
});
document.addEventListener("input", (event) => {
if (event.target.matches("[data-money]")) echoMoney(event.target);
if (event.target.form) showWanted(event.target.form);
});
document.addEventListener("click", (event) => {
const eye = event.target.closest("[data-eye]");
if (eye) {
const field = document.getElementById(eye.dataset.eye);
field.type = field.type === "password" ? "text" : "password";
eye.setAttribute("aria-label", words(field.type === "password" ? "show" : "hide"));
field.focus();
}
const locate = event.target.closest("[data-locate]");
if (locate) takePlace(locate);
const once = event.target.closest("form [type=submit]");
if (once && once.form?.dataset.sent) event.preventDefault();
});
function takePlace(button) {
const form = button.closest("form");
button.classList.add("busy");
navigator.geolocation?.getCurrentPosition(
({ coords }) => {
form.elements.latitude.value = coords.latitude.toFixed(6);
form.elements.longitude.value = coords.longitude.toFixed(6);
form.elements.accuracy.value = Math.round(coords.accuracy);
button.classList.remove("busy");
button.classList.add("acc");
showToast({ text: words("located") });
},
() => { button.classList.remove("busy"); showToast({ text: words("not_located"), tone: "bad" }); },
{ enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
);
}
document.addEventListener("submit", (event) => {
const form = event.target;
if (form.hasAttribute("hx-post") || form.method === "get") return;
if (form.dataset.sent) event.preventDefault();
form.dataset.sent = "1";
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
for (const type of ["dragover", "dragleave", "drop"]) {
document.addEventListener(type, (event) => {
const drop = event.target.closest?.("[data-drop-file]");
if (!drop) return;
event.preventDefault();
drop.classList.toggle("over", type === "dragover");
if (type === "drop" && event.dataTransfer.files.length) {
const field = drop.querySelector("input[type=file]");
field.files = event.dataTransfer.files;
field.dispatchEvent(new Event("change", { bubbles: true }));
}
});
}
document.addEventListener("change", async (event) => {
const box = event.target;
if (!box.matches?.("[data-post]")) return;
const row = box.closest(".td, .li, tr");
row?.classList.toggle("done1", box.checked);
const answer = await post(box.dataset.post, { on: box.checked ? "1" : "" }).catch(() => null);
if (answer?.ok) {
if (box.hasAttribute("data-anew")) document.body.dispatchEvent(new CustomEvent("reload", { bubbles: true }));
return;
}
box.checked = !box.checked;
row?.classList.toggle("done1", box.checked);
if (!answer) showToast({ text: words("offline"), tone: "bad" });
});
const LANGUAGE = document.documentElement.lang;
function dayWord(moment) {
const days = Math.round((new Date(moment).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 86400e3);
return { "-1": words("yesterday"), 0: words("today"), 1: words("tomorrow") }[days];
}
function ago(moment) {
const seconds = (Date.now() - moment) / 1000;
const format = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto" });
if (seconds < 60) return words("just_now");
if (seconds < 3600) return format.format(-Math.round(seconds / 60), "minute");
if (seconds < 86400) return format.format(-Math.round(seconds / 3600), "hour");
return format.format(-Math.round(seconds / 86400), "day");
}
function drawTimes() {
for (const element of document.querySelectorAll("time[data-local]")) {
const moment = new Date(element.dateTime);
if (Number.isNaN(moment.getTime())) continue;
const clock = moment.toLocaleTimeString(LANGUAGE, { hour: "2-digit", minute: "2-digit", hour12: false });
const day = dayWord(moment) || moment.toLocaleDateString(LANGUAGE);
element.textContent = { time: clock, day, ago: ago(moment), full: `${day} ${clock}` }[element.dataset.local] || clock;
element.title ||= moment.toLocaleString(LANGUAGE);
}
}
drawTimes();
document.addEventListener("htmx:after:swap", drawTimes);
setInterval(drawTimes, 60000);
const ITEM = "ul[data-order] > li, nav[data-order] > a";
let dragged = null;
function reordered(list) {
if (!list.dataset.order) { list.dispatchEvent(new Event("input", { bubbles: true })); return; }
const order = [...list.querySelectorAll("[data-key-of]")].map((tab) => tab.dataset.keyOf);
htmx.ajax("POST", list.dataset.order, { values: { order, dragged: 1 }, swap: "none", source: list });
}
document.addEventListener("click", (event) => {
const button = event.target.closest("[data-order] [data-move]");
if (!button) return;
const item = button.closest("li");
const other = button.dataset.move === "up" ? item.previousElementSibling : item.nextElementSibling;
if (!other) return;
if (button.dataset.move === "up") other.before(item); else other.after(item);
button.focus();
reordered(item.parentElement);
});
document.addEventListener("dragstart", (event) => {
dragged = event.target.closest?.(ITEM);
if (!dragged) return;
event.dataTransfer.effectAllowed = "move";
dragged.startsAfter = dragged.previousElementSibling;
});
document.addEventListener("dragover", (event) => {
const over = event.target.closest?.(ITEM);
if (!dragged || !over || over.parentElement !== dragged.parentElement) return;
event.preventDefault();
if (over === dragged) return;
const box = over.getBoundingClientRect();
const first = over.tagName === "A" ? event.clientX < box.left + box.width / 2 : event.clientY < box.top + box.height / 2;
if (first) over.before(dragged); else over.after(dragged);
});
document.addEventListener("dragend", () => {
if (dragged && dragged.startsAfter !== dragged.previousElementSibling) reordered(dragged.parentElement);
dragged = null;
});
function shownItems(tree) { return [...tree.querySelectorAll("[role=treeitem]")].filter((item) => !item.hidden); }
function depthOf(item) { return Number(item.getAttribute("aria-level")); }
function foldBranch(item, open) {
item.setAttribute("aria-expanded", open);
const closedAt = [];
for (let next = item.nextElementSibling; next && depthOf(next) > depthOf(item); next = next.nextElementSibling) {
while (closedAt.length && depthOf(next) <= closedAt[closedAt.length - 1]) closedAt.pop();
next.hidden = !open || closedAt.length > 0;
if (next.getAttribute("aria-expanded") === "false") closedAt.push(depthOf(next));
}
}
document.addEventListener("click", (event) => {
const twist = event.target.closest("[data-twist]");
const item = twist?.closest("[role=treeitem]");
if (!item) return;
event.preventDefault();
event.stopPropagation();
foldBranch(item, item.getAttribute("aria-expanded") !== "true");
}, true);
document.addEventListener("keydown", (event) => {
const item = event.target.closest?.("[role=treeitem]");
if (!item) return;
const all = shownItems(item.closest("[role=tree]"));
const at = all.indexOf(item);
const open = item.getAttribute("aria-expanded");
let to = null;
if (event.key === "ArrowDown") to = all[at + 1];
else if (event.key === "ArrowUp") to = all[at - 1];
else if (event.key === "Home") to = all[0];
else if (event.key === "End") to = all[all.length - 1];
else if (event.key === "ArrowRight" && open === "false") foldBranch(item, true);
else if (event.key === "ArrowRight" && open === "true") to = all[at + 1];
else if (event.key === "ArrowLeft" && open === "true") foldBranch(item, false);
else if (event.key === "ArrowLeft") to = all.slice(0, at).reverse().find((other) => depthOf(other) < depthOf(item));
else return;
event.preventDefault();
if (to) { item.tabIndex = -1; to.tabIndex = 0; to.focus(); }
});
document.addEventListener("click", (event) => {
const add = event.target.closest("[data-add]");
if (add) {
const group = document.getElementById(`filter-group-${add.dataset.group}`);
if (add.hasAttribute("data-first")) { group.closest("section").hidden = false; add.hidden = true; }
const used = [...document.querySelectorAll("[data-condition] [name^='n.']")].map((field) => Number(field.name.slice(2)));
const address = new URL(add.dataset.add, location.href);
address.searchParams.set("i", Math.max(-1, ...used) + 1);
address.searchParams.set("g", add.dataset.group);
htmx.ajax("GET", address.pathname + address.search, { target: group, swap: "beforeend", source: group });
}
const remove = event.target.closest("[data-remove]");
remove?.closest(remove.dataset.remove)?.remove();
const fill = event.target.closest("[data-fill]");
if (fill) {
for (const [id, value] of Object.entries(JSON.parse(fill.dataset.fill))) document.getElementById(id).value = value;
document.querySelector("main [type=submit]").focus();
}
});
document.addEventListener("change", (event) => { if (event.target.matches("[data-fixed]")) event.target.checked = true; });
document.addEventListener("input", (event) => {
const narrow = event.target.closest?.("[data-narrow]");
if (!narrow) return;
const text = narrow.value.trim().toLowerCase();
for (const entry of document.querySelectorAll(narrow.dataset.narrow)) entry.hidden = !entry.textContent.toLowerCase().includes(text);
});
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
let card = null;
function board() { return document.querySelector("[data-board]"); }
function titleOf(item) { return item.querySelector(".bkt"); }
function columnsOf(item) { return [...item.closest("[data-board]").querySelectorAll("[data-column]")]; }
async function refreshHeads() {
const answer = await fetch(location.href, { headers: { "HX-Request": "true" } }).catch(() => null);
if (!answer?.ok) return;
const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
for (const head of fresh.querySelectorAll("[data-head], .strip")) {
(head.id ? document.getElementById(head.id) : document.querySelector("#list .strip"))?.replaceWith(head);
}
}
async function moveCard(item, column) {
const from = item.closest("[data-column]");
const place = { parent: item.parentElement, next: item.nextElementSibling };
if (!column || column === from || item.hasAttribute("aria-busy")) return;
const focused = item.contains(document.activeElement);
const back = () => { item.hidden = false; place.parent.insertBefore(item, place.next); if (focused) titleOf(item).focus(); };
const list = column.querySelector(".bcs");
if (list) list.prepend(item); else item.hidden = true;
item.setAttribute("aria-busy", "true");
if (focused && list) titleOf(item).focus();
const answer = await post(item.dataset.move, { to: column.dataset.column, was: from.dataset.column, drag: "1" }).catch(() => null);
item.removeAttribute("aria-busy");
const dialog = answer?.headers.get("X-Dialog");
if (!answer?.ok || dialog || answer.headers.get("X-Back")) {
back();
if (dialog) openDialog(dialog);
else if (!answer) showToast({ text: words("offline"), tone: "bad" });
return;
}
if (!list) item.remove();
sayAloud(column.getAttribute("aria-label") || column.textContent);
refreshHeads();
}
function over(column) {
document.querySelectorAll("[data-column].over").forEach((other) => other.classList.toggle("over", other === column));
column?.classList.add("over");
}
document.addEventListener("dragstart", (event) => {
card = event.target.closest?.("[data-card][draggable=true]");
if (card) { event.dataTransfer.effectAllowed = "move"; event.dataTransfer.setData("text/plain", titleOf(card).textContent); }
});
document.addEventListener("dragover", (event) => {
if (!card) return;
const column = event.target.closest?.("[data-drops]");
over(column);
if (column) event.preventDefault();
});
document.addEventListener("drop", (event) => {
const column = card && event.target.closest?.("[data-drops]");
over(null);
if (!column) return;
event.preventDefault();
moveCard(card, column);
});
document.addEventListener("dragend", () => { over(null); card = null; });
function step(item, key) {
const cards = (column) => [...column.querySelectorAll("[data-card]")];
const here = item.closest("[data-column]");
const at = cards(here).indexOf(item);
if (key === "ArrowUp" || key === "ArrowDown") return cards(here)[at + (key === "ArrowDown" ? 1 : -1)];
const all = columnsOf(item);
const by = key === "ArrowRight" ? 1 : -1;
for (let i = all.indexOf(here) + by; all[i]; i += by) {
const there = cards(all[i]);
if (there.length) return there[Math.min(at, there.length - 1)];
}
return null;
}
document.addEventListener("keydown", (event) => {
const item = event.target.closest?.("[data-card]");
if (!item || !board() || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
const arrow = { j: "ArrowDown", k: "ArrowUp" }[event.key] || event.key;
if (arrow.startsWith("Arrow") && (arrow === event.key || singleKeys())) {
event.preventDefault();
const next = step(item, arrow);
if (next) { titleOf(next).focus(); next.scrollIntoView({ block: "nearest", inline: "nearest" }); }
} else if (item.dataset.move && singleKeys() && (event.key === "[" || event.key === "]")) {
event.preventDefault();
const all = columnsOf(item).filter((column) => column.hasAttribute("data-drops"));
moveCard(item, all[all.indexOf(item.closest("[data-column]")) + (event.key === "]" ? 1 : -1)]);
} else if (item.dataset.move && singleKeys() && event.key.toLowerCase() === "m") {
event.preventDefault();
openDialog(item.dataset.move);
}
});
let entry = null;
async function refresh(href) {
const answer = await fetch(location.href).catch(() => null);
const fresh = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".calw");
if (!fresh) return;
document.querySelector(".calw").replaceWith(fresh);
htmx.process(fresh);
fresh.querySelector(`a[data-moves][href="${CSS.escape(href)}"]`)?.focus();
}
async function put(item, day) {
if (!day || day === item.dataset.was || item.hasAttribute("aria-busy")) return;
item.setAttribute("aria-busy", "true");
const answer = await post(item.dataset.moves, { to: day, was: item.dataset.was }).catch(() => null);
item.removeAttribute("aria-busy");
if (!answer) showToast({ text: words("offline"), tone: "bad" });
if (!answer?.ok) return;
sayAloud(`${item.textContent.trim()}: ${day}`);
await refresh(item.getAttribute("href"));
}
function marked(day) {
document.querySelectorAll("[data-day].over").forEach((other) => other.classList.remove("over"));
day?.classList.add("over");
}
document.addEventListener("dragstart", (event) => {
entry = event.target.closest?.("a[data-moves]");
if (entry) event.dataTransfer.effectAllowed = "move";
});
document.addEventListener("dragover", (event) => {
const day = entry && event.target.closest?.("[data-day]");
if (entry) marked(day);
if (day) event.preventDefault();
});
document.addEventListener("drop", (event) => {
const day = entry && event.target.closest?.("[data-day]");
if (!day) return;
event.preventDefault();
put(entry, day.dataset.day);
});
document.addEventListener("dragend", () => { if (entry) marked(null); entry = null; });
document.addEventListener("keydown", (event) => {
const item = event.target.closest?.("a[data-moves]");
if (!item || !["[", "]"].includes(event.key) || !singleKeys() || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
event.preventDefault();
const day = new Date(`${item.dataset.was}T12:00:00Z`);
day.setUTCDate(day.getUTCDate() + (event.key === "]" ? 1 : -1));
put(item, day.toISOString().slice(0, 10));
});
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
const beside = document.getElementById("drawer");
let shown = null;
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
let lastRow = null;
let kept = { of: "", ids: [], all: false };
function listKey() { return document.querySelector("[data-list]")?.dataset.list; }
function rowsOf() { return document.querySelector("[data-rows]")?.dataset.rows || ""; }
function read() { return kept.of === rowsOf() ? kept : { ids: [], all: false }; }
function write(state) { kept = { ...state, of: rowsOf() }; drawPicked(kept); }
function drawPicked(state = read()) {
const box = document.querySelector("[data-rows]");
if (!box || !listKey()) return;
const picked = new Set(state.ids);
const boxes = [...box.querySelectorAll("tr[data-id]")];
for (const row of boxes) {
const on = state.all || picked.has(row.dataset.id);
row.classList.toggle("sel", on);
const check = row.querySelector(".pick input");
if (check) check.checked = on;
}
const here = boxes.filter((row) => row.classList.contains("sel")).length;
const every = box.querySelector("[data-pick-all]");
if (every) { every.checked = here > 0 && here === boxes.length; every.indeterminate = here > 0 && here < boxes.length; }
const bar = document.querySelector("[data-bulk]");
if (!bar) return;
const count = Number(box.dataset.count || 0);
bar.hidden = !state.all && !picked.size;
bar.querySelector("[data-picked]").textContent = state.all ? words("all_selected", { n: count.toLocaleString() }) : words("selected", { n: picked.size });
const more = bar.querySelector("[data-pick-query]");
more.hidden = state.all || !(count > picked.size) || here < boxes.length;
more.querySelector(".num").textContent = count ? count.toLocaleString() : "";
}
function change(rows, on) {
const state = read();
const ids = new Set(state.all ? [] : state.ids);
for (const row of rows) if (on) ids.add(row.dataset.id); else ids.delete(row.dataset.id);
write({ ids: [...ids], all: false });
sayAloud(words("selected", { n: ids.size }));
}
function pickRow(row, range = false) {
const rows = [...document.querySelectorAll("[data-rows] tr[data-id]")];
const on = !row.classList.contains("sel");
const from = range && lastRow ? rows.findIndex((other) => other.dataset.id === lastRow) : -1;
const at = rows.indexOf(row);
change(from < 0 ? [row] : rows.slice(Math.min(from, at), Math.max(from, at) + 1), range ? true : on);
lastRow = row.dataset.id;
}
function clearPicked() {
const bar = document.querySelector("[data-bulk]");
if (!bar || bar.hidden) return false;
write({ ids: [], all: false });
return true;
}
function bulkAddress(address) {
const state = read();
const query = new URLSearchParams(state.all ? location.search : "");
if (state.all) query.set("all", "1"); else query.set("ids", state.ids.join(","));
return address + (address.includes("?") ? "&" : "?") + query;
}
document.addEventListener("click", (event) => {
const check = event.target.closest("[data-rows] .pick input");
if (check?.matches("[data-pick-all]")) {
change([...document.querySelectorAll("[data-rows] tr[data-id]")], check.checked);
} else if (check) {
pickRow(check.closest("tr"), event.shiftKey);
} else if (event.target.closest("[data-pick-query]")) {
write({ ids: [], all: true });
} else if (event.target.closest("[data-pick-none]")) {
clearPicked();
} else {
const bulk = event.target.closest("[data-bulk-dialog]");
if (bulk) openDialog(bulkAddress(bulk.dataset.bulkDialog));
}
});
document.addEventListener("clearPicked", clearPicked);
document.addEventListener("htmx:after:swap", () => drawPicked());
document.addEventListener("counted", () => drawPicked());
drawPicked();
function tableRows() { return [...document.querySelectorAll("[data-rows] tr[data-id]")]; }
function current() { return document.querySelector("[data-rows] tr.cu"); }
function standOn(row) {
current()?.classList.remove("cu");
row.classList.add("cu");
row.scrollIntoView({ block: "nearest" });
}
function moveCursor(step) {
const all = tableRows();
if (!all.length) return false;
const at = all.indexOf(current());
const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))];
standOn(next);
sayAloud(`${next.querySelector(".name")?.textContent.trim() || ""} ${all.indexOf(next) + 1} / ${all.length}`);
if (document.querySelector("#drawer.peek[open]")) peekCursor();
return true;
}
function openCursor() {
const row = current();
if (row) location.href = row.dataset.href;
return Boolean(row);
}
function peekCursor() {
const row = current();
if (!row) return false;
openPeek(row.dataset.peek || `${row.dataset.href.split("?")[0]}/peek`);
return true;
}
function pickCursor(range) {
const row = current();
if (row) pickRow(row, range);
return Boolean(row);
}
document.addEventListener("click", (event) => {
const row = event.target.closest("[data-rows] tr[data-href]");
if (!row || event.target.closest("a, button, input, label, select, [data-menu]") || getSelection().toString()) return;
if (matchMedia("(max-width: 767px)").matches) { location.href = row.dataset.href; return; }
standOn(row);
if (event.detail === 2) location.href = row.dataset.href;
});
const GO = { w: "home", c: "customer", o: "opportunity", d: "order", a: "approvals", l: "lead", t: "task", s: "settings" };
let waitingForG = 0;
function go(key) {
const link = document.querySelector(`a[data-nav="${GO[key]}"]`);
if (link) location.href = link.href;
return Boolean(link);
}
function single(event) {
const key = event.key;
if (Date.now() - waitingForG < 1200) { waitingForG = 0; return go(key); }
if (key === "g") { waitingForG = Date.now(); return true; }
if (key === "?") { runAct("keys"); return true; }
if (key === "[") { runAct("menu"); return true; }
if (key === "j" || key === "ArrowDown") return moveCursor(1) || key === "j" && press("j");
if (key === "k" || key === "ArrowUp") return moveCursor(-1) || key === "k" && press("k");
if (key === "x" || key === "X") return pickCursor(event.shiftKey) || press("x");
if (key === "Enter") return openCursor();
if (key === " ") return peekCursor();
return key.length === 1 && press(key.toLowerCase());
}
function escape(event) {
if (closeMenus()) return true;
const layer = topLayer();
if (layer?.classList.contains("peek")) return closeLayer(layer);
if (event.target.closest?.(".cmp.open")) { event.target.closest(".cmp").classList.remove("open"); return true; }
return !layer && clearPicked();
}
document.addEventListener("keydown", (event) => {
if (event.defaultPrevented || event.isComposing) return;
const chord = event.ctrlKey || event.metaKey;
if (chord && event.key.toLowerCase() === "k") { event.preventDefault(); runAct("palette"); return; }
if (chord && event.key === "Enter") {
const form = event.target.closest?.("form[data-composer], form[data-form]");
if (form) { event.preventDefault(); form.requestSubmit(); } else if (peekCursor()) event.preventDefault();
return;
}
if (event.key === "Escape") { if (!document.querySelector("dialog:modal") && escape(event)) event.preventDefault(); return; }
if (isTyping(event.target)) return;
if (chord && event.key.toLowerCase() === "z") { if (document.querySelector("#toasts [data-undo]")) { event.preventDefault(); undoLast(); } return; }
if (chord || event.altKey || !singleKeys() || document.querySelector("dialog:modal")) return;
if ((event.key === "Enter" || event.key === " ") && event.target.closest?.("a, button, summary, input, [role=tab], [role=treeitem]")) return;
if (single(event)) event.preventDefault();
});
const keysSwitch = document.querySelector("[data-keys-switch]");
if (keysSwitch) {
keysSwitch.checked = singleKeys();
keysSwitch.addEventListener("change", () => localStorage.setItem("keys", keysSwitch.checked ? "on" : "off"));
}
const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
async function request(address, data = {}) {
const csrf = token() || document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";
const answer = await fetch(address, { method: "POST", headers: { "X-CSRFToken": csrf }, body: new URLSearchParams(data) });
const said = await answer.json();
if (!answer.ok) throw new Error(said.error);
return said;
}
function credentialText(credential) {
const { response } = credential;
const parts = { clientDataJSON: toText(response.clientDataJSON) };
for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
if (response[name]) parts[name] = toText(response[name]);
}
return JSON.stringify({ id: credential.id, rawId: toText(credential.rawId), type: credential.type, response: parts, clientExtensionResults: {} });
}
async function signInByKey(button) {
const options = await request("/login/passkey/options");
options.challenge = toBytes(options.challenge);
options.allowCredentials = (options.allowCredentials || []).map((key) => ({ ...key, id: toBytes(key.id) }));
const credential = await navigator.credentials.get({ publicKey: options });
return request("/login/passkey", { answer: credentialText(credential), next: button.dataset.next });
}
async function addKey() {
const options = await request("/profile/passkeys/options");
options.challenge = toBytes(options.challenge);
options.user.id = toBytes(options.user.id);
options.excludeCredentials = (options.excludeCredentials || []).map((key) => ({ ...key, id: toBytes(key.id) }));
const credential = await navigator.credentials.create({ publicKey: options });
return request("/profile/passkeys", { answer: credentialText(credential), name: navigator.userAgentData?.platform || navigator.platform });
}
document.addEventListener("click", async (event) => {
const button = event.target.closest("[data-passkey]");
if (!button) return;
const note = document.querySelector("[data-passkey-note]");
button.disabled = true;
try {
if (!navigator.credentials || !window.PublicKeyCredential) throw new Error(words("no_passkeys"));
const said = await (button.dataset.passkey === "add" ? addKey() : signInByKey(button));
location.href = said.next;
} catch (error) {
note.textContent = error.name === "NotAllowedError" ? words("passkey_ended") : error.message;
button.disabled = false;
}
});
const side = document.getElementById("side");
function opener() { return document.querySelector("[data-act=side]"); }
function setSide(open, refocus = false) {
if (!side || side.classList.contains("open") === open) return false;
side.classList.toggle("open", open);
opener()?.setAttribute("aria-expanded", open);
if (open) side.querySelector("[aria-current=page], a")?.focus();
else if (refocus) opener()?.focus();
return true;
}
document.addEventListener("act:side", () => setSide(!side.classList.contains("open")));
document.addEventListener("click", (event) => {
if (!event.target.closest("#side, [data-act=side]")) setSide(false);
});
document.addEventListener("keydown", (event) => {
if (event.key === "Escape" && setSide(false, true)) event.stopPropagation();
});
document.addEventListener("focusout", (event) => {
if (side?.contains(event.target) && event.relatedTarget && !side.contains(event.relatedTarget)) setSide(false);
});
const SAID = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "paint-order", "text-anchor", "font-size",
"font-weight", "font-family"];
const SHARP = 2;
function drawing(svg) {
const copy = svg.cloneNode(true);
const from = [svg, ...svg.querySelectorAll("*")];
const to = [copy, ...copy.querySelectorAll("*")];
from.forEach((element, at) => {
const style = getComputedStyle(element);
for (const name of SAID) to[at].setAttribute(name, style.getPropertyValue(name));
});
const { width, height } = svg.viewBox.baseVal;
copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
copy.setAttribute("width", width * SHARP);
copy.setAttribute("height", height * SHARP);
return { text: new XMLSerializer().serializeToString(copy), width: width * SHARP, height: height * SHARP };
}
async function save(svg, name) {
const { text, width, height } = drawing(svg);
const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
const image = new Image(width, height);
image.src = address;
await image.decode();
const canvas = document.createElement("canvas");
canvas.width = width;
canvas.height = height;
const pen = canvas.getContext("2d");
pen.fillStyle = getComputedStyle(svg.closest(".card") || document.body).backgroundColor;
pen.fillRect(0, 0, width, height);
pen.drawImage(image, 0, 0, width, height);
URL.revokeObjectURL(address);
const link = document.createElement("a");
link.download = `${name}.png`;
link.href = canvas.toDataURL("image/png");
link.click();
}
document.addEventListener("click", (event) => {
const button = event.target.closest("[data-picture]");
const svg = button?.closest(".card")?.querySelector("svg.plot");
if (svg) save(svg, button.dataset.picture);
});
function stepPast(root) {
const name = `design:${root.dataset.designer}`;
const self = { past: [], future: [] };
self.buttons = () => {
for (const button of root.querySelectorAll("[data-design=undo], [data-design=redo]")) {
button.disabled = !(button.dataset.design === "undo" ? self.past : self.future).length;
}
};
self.keep = (revision) => {
self.buttons();
try { sessionStorage.setItem(name, JSON.stringify({ revision, past: self.past.slice(-50), future: self.future })); } catch { return; }
};
self.remember = (body) => { self.past.push(body); self.future = []; };
try {
const held = JSON.parse(sessionStorage.getItem(name));
if (held?.revision === root.dataset.revision) { self.past = held.past; self.future = held.future; }
} catch { self.past = []; }
return self;
}
function treeSteps(tree) { return [...tree.querySelectorAll("[role=treeitem]")]; }
function stepAt(tree, id) { return tree.querySelector(`[role=treeitem][data-step="${CSS.escape(id)}"]`); }
function nextStep(tree, here, key) {
const all = treeSteps(tree);
const at = all.indexOf(here);
if (key === "ArrowDown") return all[at + 1];
if (key === "ArrowUp") return all[at - 1];
if (key === "Home") return all[0];
if (key === "End") return all[all.length - 1];
const box = here.closest("li");
const inside = box.querySelector("ol [role=treeitem]");
const branch = here.closest("[data-part]");
if (key === "ArrowRight" && box !== branch && inside) return inside;
const beside = key === "ArrowRight" ? branch?.nextElementSibling : branch?.previousElementSibling;
if (beside?.matches("[data-part]")) return (box !== branch && beside.querySelector("ol [role=treeitem]")) || beside.querySelector("[role=treeitem]");
return key === "ArrowLeft" ? box.parentElement.closest("li")?.querySelector("[role=treeitem]") : null;
}
function stepKey(event) {
if (event.altKey) return /^Arrow/.test(event.key) ? ["move", /Down|Right/.test(event.key) ? "1" : "-1"] : null;
if (event.ctrlKey || event.metaKey) return null;
if (/^(Arrow.*|Home|End)$/.test(event.key)) return ["walk", event.key];
return { Enter: ["open"], " ": ["open"], "+": ["insert"], Delete: ["remove"], Backspace: ["remove"] }[event.key] || null;
}
function showSteps(root, tree, name) {
tree.classList.toggle("plain0", name === "plain");
localStorage.setItem("design-view", name);
for (const button of root.querySelectorAll("[data-design=picture], [data-design=plain]")) button.setAttribute("aria-pressed", button.dataset.design === name);
}
function addStepRow(button) {
const list = document.getElementById(button.dataset.into);
const address = new URL(button.dataset.more, location.href);
address.searchParams.set("n", 100 + list.children.length + Math.floor(Math.random() * 8000));
htmx.ajax("GET", address.pathname + address.search, { target: list, swap: "beforeend", source: list });
}
async function askDesign(root, state, path, data = {}, more = {}) {
const form = new URLSearchParams(data instanceof HTMLFormElement ? [...new FormData(data)].filter(([, value]) => typeof value === "string") : data);
for (const [name, value] of Object.entries({ ...more, body: state.body, revision: state.revision })) form.set(name, value);
const answer = await post(root.dataset.designer + path, form).catch(() => null);
if (answer?.ok) return answer;
showToast({ text: words(answer ? "failed" : "offline"), tone: "bad" });
return null;
}
function kindOf(dialog) {
dialog.showModal();
dialog.querySelector("[data-kind]").focus();
return new Promise((resolve) => {
const choose = (event) => { const chosen = event.target.closest("[data-kind]"); if (chosen) dialog.close(chosen.dataset.kind); };
dialog.returnValue = "";
dialog.addEventListener("click", choose);
dialog.addEventListener("close", () => { dialog.removeEventListener("click", choose); resolve(dialog.returnValue || null); }, { once: true });
});
}
function fillSide(side, html, id) {
side.innerHTML = html;
side.hidden = false;
side.dataset.at = id;
htmx.process(side);
document.dispatchEvent(new CustomEvent("htmx:after:swap", { detail: {} }));
(side.querySelector(".db input:not([type=hidden]), .db select") || side.querySelector("button"))?.focus({ preventScroll: true });
}
function emptySide(side, tree) {
side.hidden = true;
side.replaceChildren();
for (const shown of tree.querySelectorAll(".sim, .go, .off")) shown.classList.remove("sim", "go", "off");
}
function designIn(root) {
const side = document.getElementById("design-side");
const tree = document.getElementById("design-tree");
const kinds = document.getElementById("design-kinds");
const told = document.getElementById("design-told");
const state = { body: "", revision: "0", at: "", busy: false, theirs: null };
const pile = stepPast(root);
const item = (id) => stepAt(tree, id);
const items = () => treeSteps(tree);
function stand(id, focus = true) {
const here = item(id) || items()[0];
for (const other of items()) other.tabIndex = other === here ? 0 : -1;
if (!here) return;
state.at = here.dataset.step;
if (focus) { here.focus({ preventScroll: true }); here.scrollIntoView({ block: "nearest", inline: "nearest" }); }
}
function mark() {
for (const other of items()) other.toggleAttribute("aria-current", !side.hidden && side.dataset.at === other.dataset.step);
}
function draw(answer, focus) {
state.body = JSON.stringify(answer.body);
state.revision = String(answer.revision);
tree.innerHTML = answer.tree;
for (const name of ["bar", "head"]) document.getElementById(`design-${name}`).innerHTML = answer[name];
view(localStorage.getItem("design-view") || "picture");
stand(answer.at, focus);
mark();
pile.buttons();
}
async function send(path, data, { remember = true, focus = true } = {}) {
if (state.busy) return null;
state.busy = true;
const before = state.body;
const form = data instanceof URLSearchParams ? data : new URLSearchParams(data);
form.set("body", state.body);
form.set("revision", state.revision);
try {
const answer = await post(root.dataset.designer + path, form);
if (!answer.headers.get("Content-Type")?.includes("json")) return answer;
const found = await answer.json();
if (remember && JSON.stringify(found.body) !== before) pile.remember(before);
draw(found, focus);
pile.keep(state.revision);
told.hidden = !found.told;
state.theirs = found.theirs ?? null;
told.querySelector("[data-told]").textContent = found.told || "";
return answer;
} catch {
showToast({ text: words("offline"), tone: "bad" });
return null;
} finally {
state.busy = false;
}
}
async function takeBack(from, to) {
if (!pile[from].length || state.busy) return;
const now = state.body;
const then = pile[from].pop();
state.body = then;
if (await send("/change", { at: state.at }, { remember: false })) { pile[to].push(now); pile.keep(state.revision); closeSide(false); } else { state.body = now; pile[from].push(then); }
}
const ask = (path, data, more) => askDesign(root, state, path, data, more);
async function openStep(id) {
const answer = await ask("/step", { at: id });
if (answer) showSide(await answer.text(), id);
}
async function trial(form) {
const answer = await ask("/try", form);
if (!answer) return;
const found = await answer.json();
tree.innerHTML = found.tree;
stand(state.at, false);
showSide(found.side, "");
}
function showSide(html, id) {
fillSide(side, html, id);
mark();
if (id) stand(id, false);
}
function closeSide(focus = true) {
const at = side.dataset.at;
emptySide(side, tree);
mark();
if (focus) stand(at || state.at);
}
async function insertAt(id) {
const kind = await kindOf(kinds);
if (kind && (await send("/change", { op: "insert", at: id, kind }))?.ok) openStep(state.at);
}
async function removeAt(id) {
const here = item(id);
if (here && await asked(here.querySelector(".sr").textContent, words("remove"), true)) { await send("/change", { op: "remove", at: id }); closeSide(false); stand(state.at); }
}
async function save(form) {
const data = new URLSearchParams(new FormData(form));
data.set("at", form.dataset.at);
const answer = await send("/fill", data, { focus: false });
if (!answer) return;
if (answer.status === 422) { showSide(await answer.text(), form.dataset.at); return; }
if (answer.ok || answer.status === 409) { closeSide(); sayAloud(words("saved")); }
}
async function drawAgain(form) {
const answer = await ask("/step", form, { at: form.dataset.at, again: "1" });
if (!answer) return;
showSide(await answer.text(), form.dataset.at);
side.querySelector("[data-again]")?.focus({ preventScroll: true });
}
const view = (name) => showSteps(root, tree, name);
const moveAt = (id, by) => send("/change", { op: "move", at: id, by }, { focus: side.hidden });
const STEP = { open: openStep, insert: insertAt, remove: removeAt };
const DO = {
undo: () => takeBack("past", "future"),
redo: () => takeBack("future", "past"),
close: () => closeSide(),
remove: () => removeAt(side.dataset.at),
insert: () => insertAt(side.dataset.at),
part: () => send("/change", { op: "part", at: side.dataset.at }).then((answer) => { if (answer?.ok) openStep(state.at); }),
earlier: () => moveAt(side.dataset.at, "-1"),
later: () => moveAt(side.dataset.at, "1"),
mine: () => { state.revision = String(state.theirs); return send("/change", { at: state.at }); },
theirs: () => location.reload(),
trial: () => trial(),
versions: async () => { const answer = await ask("/versions"); if (answer) showSide(await answer.text(), ""); },
replay: async () => { const answer = await ask("/replay"); if (answer) side.querySelector("#design-replay").innerHTML = await answer.text(); },
picture: () => view("picture"),
plain: () => view("plain"),
};
function clicked(event) {
const target = event.target;
const act = target.closest("[data-design]");
const more = target.closest("[data-more]");
if (act) DO[act.dataset.design]?.();
else if (more) addStepRow(more);
else if (target.closest("[data-insert]")) insertAt(target.closest("[data-insert]").dataset.insert);
else if (target.closest("[data-part-of]")) send("/change", { op: "part", at: target.closest("[data-part-of]").dataset.partOf });
else if (target.closest(".nd, .bt0, .cdn, .wr0, .chip")?.closest("[data-step]") && !side.contains(target)) openStep(target.closest("[data-step]").dataset.step);
}
function pressed(event) {
const chord = event.ctrlKey || event.metaKey;
const key = event.key;
if (chord && !event.altKey && !isTyping(event.target) && root.hasAttribute("data-may") && /^[zyZY]$/.test(key)) {
event.preventDefault();
event.stopImmediatePropagation();
if (key.toLowerCase() === "y" || event.shiftKey) DO.redo(); else DO.undo();
return;
}
if (key === "Escape" && side.contains(event.target) && !document.querySelector("dialog:modal")) { event.preventDefault(); event.stopImmediatePropagation(); closeSide(); return; }
const here = event.target.closest?.("#design-tree [role=treeitem]");
const [what, how] = (here && stepKey(event)) || [];
if (!what || (!root.hasAttribute("data-may") && what !== "walk" && what !== "open")) return;
if (what === "move") moveAt(here.dataset.step, how);
else if (what === "walk") { const to = nextStep(tree, here, how); if (to) stand(to.dataset.step); }
else STEP[what](here.dataset.step);
event.preventDefault();
event.stopImmediatePropagation();
}
state.body = JSON.stringify(JSON.parse(JSON.parse(document.getElementById("design").textContent)));
state.revision = root.dataset.revision;
root.addEventListener("click", clicked);
root.addEventListener("submit", (event) => {
event.preventDefault();
if (event.target.matches("[data-design-form]")) save(event.target); else trial(event.target);
});
side.addEventListener("change", (event) => { if (event.target.matches("[data-again]")) drawAgain(event.target.form); });
document.addEventListener("keydown", pressed, true);
view(localStorage.getItem("design-view") || "picture");
stand(items()[0]?.dataset.step, false);
pile.buttons();
}
const designRoot = document.querySelector("[data-designer]");
if (designRoot) designIn(designRoot);
document.documentElement.classList.add("ready");
