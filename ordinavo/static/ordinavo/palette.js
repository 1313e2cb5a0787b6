// Enter in the search of Ctrl+K opens the first result, as soon as it is there, or the list of targets if there is none.
// Unfold opens only a result that was chosen with the arrow keys, and shows nothing if nothing was found.
(() => {
  let searched = "";
  let waiting = false;
  let opener = null;

  const input = () => document.getElementById("search-input-command");
  const first = () => document.querySelector("#command-results a");
  const texts = () => document.getElementById("control-names").dataset;

  function openFirst() {
    waiting = false;
    if (first()) window.location = first().href;
  }

  function sayNothingFound(results) {
    const text = document.createElement("p");
    text.className = "px-4 py-8 text-center";
    text.append(texts().nothing.replace("%s", searched));
    results.replaceChildren(text);
    if (!texts().targetList) return;
    const link = document.createElement("a");
    link.href = `${texts().targetList}?${new URLSearchParams({ q: searched })}`;
    link.className = "block pt-3 underline";
    link.append(texts().allTargets);
    text.append(link);
  }

  document.addEventListener("keydown", event => {
    if (event.target !== input() || event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
    if (document.querySelector("#command-results-list > .active")) return; // Unfold opens it
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!input().value.trim()) return;
    if (searched === input().value && first()) openFirst();
    else waiting = true;
  }, true);

  document.addEventListener("input", event => {
    if (event.target === input()) waiting = false;
  });

  document.addEventListener("htmx:afterRequest", event => {
    if (event.target !== input() || !event.detail.successful) return;
    searched = event.detail.requestConfig.parameters.s ?? event.detail.requestConfig.parameters.get?.("s") ?? "";
    const results = document.getElementById("command-results");
    const found = results.querySelectorAll("#command-results-list li").length;
    if (!found && searched.trim()) sayNothingFound(results);
    const note = [...document.querySelectorAll("#command-results-note div")].at(-1)?.textContent.trim() ?? "";
    document.getElementById("palette-status").textContent = found ? note : results.textContent;
    if (waiting && searched === input().value) openFirst();
  });

  document.addEventListener("DOMContentLoaded", () => {
    const dialog = input()?.closest("[x-data]");
    if (!dialog) return;
    const name = texts().palette;
    dialog.setAttribute("role", "dialog");
    dialog.setAttribute("aria-modal", "true");
    dialog.setAttribute("aria-label", name);
    input().setAttribute("aria-label", name);
    const status = document.createElement("p");
    Object.assign(status, { id: "palette-status", className: "visually-hidden" });
    status.setAttribute("role", "status");
    dialog.append(status);
    input().addEventListener("focus", event => { opener = event.relatedTarget ?? opener; });
    input().addEventListener("keydown", event => {
      if (event.key === "Escape" && !input().value) setTimeout(() => opener?.focus(), 50);
    });
  });
})();
