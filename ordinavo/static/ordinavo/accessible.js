// Unfold opens menus and panels by clicks on elements that no keyboard reaches, and writes icons as words that a screen
// reader reads. This script makes controls of those elements, and names controls and areas of the page.
(() => {
  const CONTROL = "a[href], button, input, select, textarea, label, summary";
  const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, [tabindex='0']";
  const ICON = ".material-symbols-outlined";
  const names = document.createElement("template").dataset;
  const AREAS = [
    ["#nav-sidebar-inner", "navigation", "navigation"],
    ["[x-show=openUserLinks]", "group", "account"],
    ["#changelist-filter", "complementary", "filters"],
    ["ul.toplinks", null, "days"],
  ];

  // What `openUserLinks = !openUserLinks` or `filterOpen = true` opens: "openUserLinks", "filterOpen".
  const stateOf = element => /^\s*(\w+) = (?:!\1|true)\s*(?:;|$)/.exec(element.getAttribute("x-on:click"))?.[1];

  // The menu or panel that is shown while the state is true. A menu of actions is moved to the end of the page.
  function popupOf(element, state) {
    if (state === "sidebarMobileOpen") return document.getElementById("nav-sidebar");
    const shown = `[x-show="${state}"]`;
    return element.closest("[x-data]").querySelector(shown) || [...document.querySelectorAll(shown)].find(isVisible);
  }

  function isVisible(element) {
    return element.getClientRects().length > 0;
  }

  function focusPopup(element, state) {
    const popup = popupOf(element, state);
    [...(popup?.querySelectorAll(FOCUSABLE) || [])].find(isVisible)?.focus();
  }

  // Calls `react` with the value of an Alpine expression at the element, now and whenever it changes.
  function follow(element, expression, react) {
    const start = () => Alpine.effect(() => react(Alpine.evaluate(element, expression)));
    window.Alpine ? queueMicrotask(start) : document.addEventListener("alpine:initialized", start, { once: true });
  }

  function addKeys(element, state) {
    element.addEventListener("keydown", event => {
      if (event.target !== element || !["Enter", " "].includes(event.key)) return;
      event.preventDefault();
      element.click();
      if (state) setTimeout(() => Alpine.evaluate(element, state) && focusPopup(element, state), 50);
    });
  }

  // Escape closes what the control opened, and the focus returns to the control.
  function closeByEscape(element, state) {
    document.addEventListener("keydown", event => {
      if (event.key !== "Escape" || state === "sidebarDesktopOpen" || !Alpine.evaluate(element, state)) return;
      const popup = popupOf(element, state);
      if (!isVisible(element) || !(popup?.contains(document.activeElement) || document.activeElement === element)) return;
      Alpine.evaluate(element, `${state} = false`);
      element.focus();
    }, true);
  }

  function makeControl(element) {
    const action = element.getAttribute("x-on:click");
    const isEmpty = !element.textContent.trim() && !element.hasAttribute("x-text");
    if (element.matches(CONTROL) || element.hasAttribute("role") || isEmpty || element.querySelector(CONTROL)) return;
    element.setAttribute("role", "button");
    element.tabIndex = 0;
    const state = stateOf(element);
    addKeys(element, state);
    const theme = /(?:switchTheme\(|adminTheme = )('\w+')/.exec(action)?.[1];
    if (theme) follow(element, `adminTheme == ${theme}`, isOn => element.setAttribute("aria-pressed", isOn));
    if (!state) return;
    follow(element, state, isOpen => element.setAttribute("aria-expanded", Boolean(isOpen)));
    closeByEscape(element, state);
  }

  // An icon is a word such as "close". If it is the control itself, it gets a name instead; otherwise it is hidden.
  function nameIcon(icon) {
    const control = icon.closest("a, button, [role=button]");
    const text = control?.cloneNode(true);
    text?.querySelectorAll(ICON).forEach(part => part.remove());
    const isNamed = control?.getAttribute("aria-label") || (control !== icon && text?.textContent.trim());
    if (control && !isNamed) {
      const word = icon.textContent.trim();
      const name = control.title || names[word] || (icon.querySelector("[x-text*=adminTheme]") && names.theme);
      control.setAttribute("aria-label", name || word.replaceAll("_", " "));
    }
    if (!control && icon.title) addHiddenText(icon, icon.title);
    if (control !== icon) return icon.setAttribute("aria-hidden", "true");
    if (icon.hasAttribute("x-text") || icon.querySelector("[aria-hidden]")) return;
    const word = document.createElement("span");
    word.setAttribute("aria-hidden", "true");
    word.append(...icon.childNodes);
    icon.append(word);
  }

  function addHiddenText(icon, text) {
    const hidden = document.createElement("span");
    hidden.className = "visually-hidden";
    hidden.append(text);
    icon.after(hidden);
  }

  // Inputs in a table name a help text that Unfold shows in the heading of their column.
  function describe(input) {
    const found = input.getAttribute("aria-describedby").split(" ").filter(id => document.getElementById(id));
    if (found.length) input.setAttribute("aria-describedby", found.join(" "));
    else input.removeAttribute("aria-describedby");
  }

  function improve(root) {
    for (const element of root.querySelectorAll("[x-on\\:click]")) makeControl(element);
    for (const icon of root.querySelectorAll(`${ICON}:not([aria-hidden])`)) nameIcon(icon);
    for (const note of root.querySelectorAll(".errornote")) if (!note.closest("[role]")) note.setAttribute("role", "alert");
    // Django's tooltips are empty elements with a name, which only an image may have.
    for (const tip of root.querySelectorAll(".help-tooltip[aria-label]:not([role])")) tip.setAttribute("role", "img");
    for (const heading of root.querySelectorAll("thead th:not([scope])")) heading.scope = "col";
    for (const input of root.querySelectorAll("table [aria-describedby]")) describe(input);
    // The areas that Simplebar scrolls are no landmarks.
    for (const area of root.querySelectorAll(".simplebar-content-wrapper[role=region]")) {
      area.removeAttribute("role");
      area.removeAttribute("aria-label");
      if (area.querySelector(FOCUSABLE)) area.removeAttribute("tabindex");
    }
    for (const [selector, role, name] of AREAS) {
      for (const area of root.querySelectorAll(`${selector}:not([aria-label])`)) {
        if (role) area.setAttribute("role", role);
        area.setAttribute("aria-label", names[name]);
      }
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    Object.assign(names, document.getElementById("control-names")?.dataset);
    improve(document.body);
    // What Alpine ignores, such as a map, has nothing of Unfold's. It changes often while it is moved.
    const isOfUnfold = ({ target }) => !target.closest("[x-ignore]");
    new MutationObserver(changes => changes.some(isOfUnfold) && improve(document.body)).observe(document.body, {
      childList: true, subtree: true,
    });
  });
})();
