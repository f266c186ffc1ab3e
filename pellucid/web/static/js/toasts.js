// Toasts at the lower left: at most two, four seconds, eight with undo; errors stay until closed.
import { drawIcon, make, post, sayAloud, words } from "./page.js";

const SHOWN = 2;

export function showToast({ text, tone = "", undo = "", href = "", link = "" }) {
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

export async function undoLast() {
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
