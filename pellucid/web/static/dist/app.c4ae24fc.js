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
document.documentElement.classList.add("ready");
