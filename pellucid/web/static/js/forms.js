// Small help inside forms: the echo of an amount, the eye of a password, the place one stands, files dropped, sections of a long form.
import { post, words } from "./page.js";
import { showToast } from "./toasts.js";

const UNITS = { "万": 1e4, "亿": 1e8, k: 1e3, m: 1e6, w: 1e4 };

export function parseMoney(text) {
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
// Rows that are ticked, with how much of each: what they come to together. Who types how much of a row is wanted wants the row.
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

// A plain form (no htmx) is sent once, however often its button is pressed.
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

// Done-boxes and the like: <input type="checkbox" data-post="address">, shown at once, taken back when refused. With data-anew the page behind
// then stands anew: what is done leaves its list, counts follow, the toast offers the way back.
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
