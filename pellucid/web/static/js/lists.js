// Rows that come and go inside forms: conditions of a filter; narrowing a menu by typing; filling in a demo login.
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
// A column that is always shown can't be unticked.
document.addEventListener("change", (event) => { if (event.target.matches("[data-fixed]")) event.target.checked = true; });
document.addEventListener("input", (event) => {
  const narrow = event.target.closest?.("[data-narrow]");
  if (!narrow) return;
  const text = narrow.value.trim().toLowerCase();
  for (const entry of document.querySelectorAll(narrow.dataset.narrow)) entry.hidden = !entry.textContent.toLowerCase().includes(text);
});
