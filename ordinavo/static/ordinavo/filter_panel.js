// Keeps the panel of filters open after a link in it was chosen, with the focus where it was, until it is closed.
(() => {
  const KEY = "open-filters";
  const panel = () => document.getElementById("changelist-filter");
  const links = () => [...panel().querySelectorAll("a[href]")];
  const scroller = () => panel().querySelector(".simplebar-content-wrapper");

  function remember(link) {
    const kept = { path: location.pathname, index: links().indexOf(link), top: scroller()?.scrollTop ?? 0 };
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  }

  function reopen({ index, top }) {
    Alpine.$data(panel()).filterOpen = true;
    setTimeout(() => {
      (links()[index] || links()[0])?.focus({ preventScroll: true });
      if (scroller()) scroller().scrollTop = top;
    }, 50);
  }

  function addCloseButton() {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", id: "close-filters", className: "close-filters" });
    button.append(document.getElementById("control-names").dataset.closeFilters);
    button.addEventListener("click", () => {
      Alpine.$data(panel()).filterOpen = false;
      document.querySelector('[x-on\\:click="filterOpen = true"]')?.focus();
    });
    panel().querySelector("#filter-form, .flex-col").prepend(button);
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (!panel()) return;
    addCloseButton();
    panel().addEventListener("click", event => {
      const link = event.target.closest("a[href]");
      if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) remember(link);
    });
  });

  document.addEventListener("alpine:initialized", () => {
    const kept = JSON.parse(sessionStorage.getItem(KEY) || "null");
    sessionStorage.removeItem(KEY);
    if (panel() && kept?.path === location.pathname) reopen(kept);
  });
})();
