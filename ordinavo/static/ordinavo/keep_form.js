// Keeps what was typed into a form if it could not be saved, because the session had ended, the form was too old, or the
// service failed. The page of the form shows it again when it is opened the next time; it is never sent by itself.
//
// It is kept in the sessionStorage of this tab, for the user who typed it, until the form is answered or the user logs
// out. Forms with a password or a code are never kept. The address of this script names the user, if one is logged in.
const user = new URL(document.currentScript.src).searchParams.get("user") ?? "";
const PREFIX = "ordinavo.form:";
const MAX_AGE = 10 * 60 * 60 * 1000; // milliseconds: as long as a session
const SECRET = "input[type=password], input[autocomplete=one-time-code], input[autocomplete=current-password]";
const NOT_KEPT = /^(csrfmiddlewaretoken|take\..*|.*-(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS)$/;
const LOGIN_PATHS = /^\/admin\/(login|second-factor)\//;

function keyOf(form) {
  const address = new URL(form.getAttribute("action") || location.href, location.href);
  return PREFIX + address.pathname + address.search;
}

function isKept(form) {
  // Attributes, because an input named "method" or "id" hides the property of the form.
  const isAction = /^(changelist|logout)-form$/.test(form.getAttribute("id") ?? "");
  const isPost = (form.getAttribute("method") ?? "").toLowerCase() === "post";
  return isPost && !isAction && !form.querySelector(SECRET);
}

function entries() {
  const keys = Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
  return keys.map((key) => [key, JSON.parse(sessionStorage.getItem(key))]);
}

function store(key, entry) {
  try {
    sessionStorage.setItem(key, JSON.stringify(entry));
  } catch {
    sessionStorage.removeItem(key); // there is no room, as for very large payloads
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.getAttribute("id") === "logout-form") entries().forEach(([key]) => sessionStorage.removeItem(key));
  if (!user || !isKept(form)) return;
  const fields = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !NOT_KEPT.test(name));
  store(keyOf(form), { user, at: Date.now(), isLost: false, fields });
});

// What the form of this page sends now was answered by another page: was it lost?
function noteAnswers() {
  const isErrorPage = !document.getElementById("kept-form-texts");
  if (isErrorPage && !("formLost" in document.body.dataset)) return;
  const isLost = isErrorPage || !user || LOGIN_PATHS.test(location.pathname);
  for (const [key, entry] of entries()) {
    if (isLost) store(key, { ...entry, isLost });
    else if (entry.user !== user || !entry.isLost || Date.now() - entry.at > MAX_AGE) sessionStorage.removeItem(key);
  }
}

function fill(form, fields) {
  const left = fields.slice();
  const take = (name, value) => {
    const index = left.findIndex(([other, kept]) => other === name && (value === undefined || kept === value));
    return index < 0 ? undefined : left.splice(index, 1)[0][1];
  };
  for (const input of form.elements) {
    if (!input.name || NOT_KEPT.test(input.name) || /^(file|submit|button|image|reset)$/.test(input.type)) continue;
    if (input.type === "checkbox" || input.type === "radio") {
      input.checked = take(input.name, input.value) !== undefined;
    } else if (input.tagName === "SELECT" && input.multiple) {
      for (const option of input.options) option.selected = take(input.name, option.value) !== undefined;
    } else {
      const kept = take(input.name);
      if (kept === undefined || kept === input.value) continue;
      input.value = kept;
    }
    if (input.type !== "hidden") input.dispatchEvent(new Event("change", { bubbles: true }));
  }
  return left.filter(([name, value]) => value && !name.startsWith("_"));
}

function element(tag, text, parent) {
  const made = document.createElement(tag);
  made.textContent = text;
  parent.append(made);
  return made;
}

function addNote(form, text) {
  const note = document.createElement("div");
  note.className = "findings warn kept-form";
  note.setAttribute("role", "alert");
  element("p", text, note);
  form.prepend(note);
  return note;
}

function showNote(form, key, missing) {
  const texts = document.getElementById("kept-form-texts").dataset;
  const note = addNote(form, texts.restored);
  if (missing.length) {
    element("p", texts.missing, note);
    for (const [name, value] of missing) element("p", `${name}: ${value}`, note);
  }
  const discard = element("button", texts.discard, note);
  discard.type = "button";
  discard.className = "kept-form-discard underline";
  discard.addEventListener("click", () => {
    sessionStorage.removeItem(key);
    form.reset();
    location.reload();
  });
}

// Says on the login page why it is shown.
function announce() {
  const form = document.getElementById("login-form");
  const texts = document.getElementById("kept-form-texts");
  if (form && texts && entries().some(([, entry]) => entry.isLost)) addNote(form, texts.dataset.login);
}

function restore() {
  for (const form of document.querySelectorAll("form")) {
    const key = isKept(form) && keyOf(form);
    const entry = key && JSON.parse(sessionStorage.getItem(key));
    if (!entry?.isLost || entry.user !== user) continue;
    showNote(form, key, fill(form, entry.fields));
  }
}

document.addEventListener("DOMContentLoaded", () => {
  noteAnswers();
  if (user) restore();
  else announce();
});
