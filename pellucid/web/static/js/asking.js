// A question before a post (hx-confirm) is asked in a dialog of ours: it says what will be done on the button itself.
import { make, words } from "./page.js";

export function asked(question, label, danger = false) {
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
