// Keys of the change list. Each presses a button that is on the page: all of it can be done without them.
"use strict";
(() => {
  const keys = { r: "triaged", c: "confirmed", i: "insignificant", n: "noise", a: "mine" };
  let at = null; // the id of the change whose row is looked at

  const rows = () => [...document.querySelectorAll("tr[data-change]")];
  const link = (row) => row && row.querySelector("th a");
  const chosen = () => [...document.querySelectorAll('input[name="ids"]:checked')];
  const row = () => document.activeElement?.closest?.("tr[data-change]")
    || (at && document.getElementById(`change-${at}`));

  const typing = (event) =>
    event.ctrlKey || event.metaKey || event.altKey ||
    event.target.closest('input:not([type="checkbox"]), textarea, select, [contenteditable]') !== null;

  const look = (found) => {
    if (!found) { return; }
    at = found.dataset.change;
    link(found).focus({ preventScroll: true });
    found.scrollIntoView({ block: "nearest" });
  };

  const step = (by) => {
    const all = rows();
    const here = all.indexOf(row());
    look(all[here === -1 ? (by > 0 ? 0 : all.length - 1) : here + by]);
  };

  const press = (found) => { if (found) { found.click(); } return Boolean(found); };

  const decide = (word) => {
    if (chosen().length) { return press(document.querySelector(`[data-bulk="${word}"]`)); }
    const here = row();
    const button = here && here.querySelector(`[data-do="${word}"]`);
    if (!button) { return false; }
    const all = rows();
    at = (all[all.indexOf(here) + 1] || here).dataset.change; // on to the next one
    return press(button);
  };

  const peek = () => {
    const here = row();
    const place = here && document.getElementById(`diff-${here.dataset.change}`);
    if (!place) { return false; }
    if (!place.parentElement.hidden) { place.parentElement.hidden = true; return true; }
    return press(here.querySelector('[data-do="diff"]'));
  };

  const choose = () => {
    const box = row() && row().querySelector('input[name="ids"]');
    if (!box) { return false; }
    box.checked = !box.checked;
    count();
    return true;
  };

  const count = () => {
    const told = document.getElementById("chosen");
    if (!told) { return; }
    const many = chosen().length;
    told.textContent = many ? `${told.dataset.some} ${many}` : told.dataset.none;
    for (const button of document.querySelectorAll("[data-bulk]")) { button.disabled = !many; }
  };

  document.addEventListener("keydown", (event) => {
    if (typing(event) || document.querySelector("dialog[open]")) { return; }
    const acts = {
      j: () => { step(1); return true; },
      k: () => { step(-1); return true; },
      o: () => press(link(row())),
      d: peek,
      x: choose,
      u: () => press(document.querySelector("[data-undo]")),
    };
    const act = keys[event.key] ? () => decide(keys[event.key]) : acts[event.key];
    if (act && !going(event) && act()) { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);

  // "g" and a letter lead to places: that letter is not for us
  let went = 0;
  const going = (event) => event.timeStamp - went < 1500 && went > 0 && (went = 0, true);
  document.addEventListener("keydown", (event) => { if (event.key === "g" && !typing(event)) { went = event.timeStamp; } }, true);

  document.addEventListener("focusin", (event) => {
    const here = event.target.closest("tr[data-change]");
    if (here) { at = here.dataset.change; }
  });
  document.addEventListener("change", (event) => { if (event.target.name === "ids") { count(); } });

  document.addEventListener("htmx:after:swap", (event) => {
    for (const place of document.querySelectorAll("tr.opened > td")) {
      if (place.hasChildNodes() && event.detail?.ctx?.target === place) { place.parentElement.hidden = false; }
    }
    count();
    if (at && (document.activeElement === document.body || document.activeElement === null)) {
      const again = document.getElementById(`change-${at}`);
      if (again) { link(again).focus({ preventScroll: true }); again.scrollIntoView({ block: "nearest" }); }
    }
  });
  count();
})();
