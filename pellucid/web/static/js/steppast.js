// What a process was before each change, for undo and redo: kept on this device as long as the tab lives.
export function stepPast(root) {
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
