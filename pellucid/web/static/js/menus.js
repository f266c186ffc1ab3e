// Menus and popovers: a button and what it opens, closed by Esc, by a click elsewhere and by leaving with Tab.
import { visible } from "./page.js";

function buttonOf(menu) { return menu.querySelector("[aria-expanded]"); }
function bodyOf(menu) { return menu.querySelector(".pop"); }

export function closeMenu(menu, refocus = false) {
  const body = bodyOf(menu);
  if (body.hidden) return false;
  body.hidden = true;
  buttonOf(menu).setAttribute("aria-expanded", "false");
  if (refocus) buttonOf(menu).focus();
  return true;
}

export function closeMenus(except = null) {
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

// A menu near the edge of the window opens to the other side.
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
