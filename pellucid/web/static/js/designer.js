// The designer of processes. The page holds the definition; every change is asked of the server, which answers with the definition, the draft's
// revision and the tree drawn anew.
import { asked } from "./asking.js";
import { isTyping, post, sayAloud, words } from "./page.js";
import { stepPast } from "./steppast.js";
import { addStepRow, askDesign, emptySide, fillSide, kindOf, nextStep, showSteps, stepAt, stepKey, treeSteps } from "./steptree.js";
import { showToast } from "./toasts.js";

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

  // One change at a time; what is refused says why and changes nothing.
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
