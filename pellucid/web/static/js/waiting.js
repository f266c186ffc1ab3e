// The thin bar at the top for answers slower than 150 ms, and a sentence when there is no answer.
import { sayAloud, words } from "./page.js";
import { showToast } from "./toasts.js";

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
