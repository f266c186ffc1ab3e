// Tabs of a record: arrows move, the contents of a tab are loaded when it is first shown; the tab stands in the address' hash.
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

// A bar that goes on beyond its edge fades there, until its end is reached.
function fade(bar) {
  bar.classList.toggle("cut1", bar.scrollLeft + bar.clientWidth < bar.scrollWidth - 4);
}
const fading = ".vtab, .bar, .strip";
const fadeAll = () => document.querySelectorAll(fading).forEach(fade);
document.addEventListener("scroll", (event) => { if (event.target.matches?.(fading)) fade(event.target); }, { capture: true, passive: true });
document.addEventListener("htmx:after:swap", fadeAll);
addEventListener("resize", fadeAll);

// Saved views and the objects of a setting: where one stands is in sight, however many stand before it.
for (const bar of document.querySelectorAll(".vtab")) {
  const here = bar.querySelector("[aria-current]");
  if (here) bar.scrollLeft = here.offsetLeft - bar.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
}

fadeAll();

const wantedTab = location.hash && document.getElementById(`tab-${location.hash.slice(1)}`);
const openTab = wantedTab || document.querySelector("[data-tabs] [role=tab][aria-selected=true][data-src]");
if (openTab) showTab(openTab);
