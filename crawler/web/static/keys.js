// Keys for who would rather not use the mouse. Everything they do can be done without them.
"use strict";
(() => {
  const places = { h: "/", c: "/changes", p: "/pages", s: "/search", r: "/reports" };
  const rowLinks = () => [...document.querySelectorAll("table.list tbody tr th a, table.list tbody tr th[tabindex]")];
  let going = false;

  const typing = (event) =>
    event.ctrlKey || event.metaKey || event.altKey ||
    event.target.closest("input, textarea, select, [contenteditable]") !== null;

  const step = (by) => {
    const links = rowLinks();
    const at = links.indexOf(document.activeElement);
    const next = links[at === -1 ? (by > 0 ? 0 : links.length - 1) : at + by];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
  };

  const reach = (selector) => {
    const field = document.querySelector(selector);
    if (field) { field.focus(); }
    return field !== null;
  };

  document.addEventListener("keydown", (event) => {
    const help = document.getElementById("keys");
    if (typing(event) || (help && help.open)) { return; }
    if (going) {
      going = false;
      const to = places[event.key];
      if (to && document.querySelector(`header a[href="${to}"]`)) { event.preventDefault(); location.assign(to); }
      return;
    }
    const acts = {
      "?": () => { help.showModal(); return true; },
      "/": () => reach('form[role="search"] input:not([type="hidden"])'),
      u: () => reach("#fetch-url"),
      g: () => { going = true; setTimeout(() => { going = false; }, 1500); return true; },
      j: () => { step(1); return true; },
      k: () => { step(-1); return true; },
    };
    const marked = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`); // a screen's own keys
    if (acts[event.key] ? acts[event.key]() : marked && (marked.click(), true)) { event.preventDefault(); }
  });

  // A menu closes when something else is chosen, or by Escape.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.drop[open]")) {
      if (!menu.contains(event.target)) { menu.open = false; }
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") { return; }
    for (const menu of document.querySelectorAll("details.drop[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
})();
