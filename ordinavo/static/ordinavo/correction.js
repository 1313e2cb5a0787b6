// On the page of a target: says below each changed field that imports will keep the value.
const marker = document.querySelector("[data-correction]");
const form = marker?.closest("form");

function value(input) {
  return input.type === "checkbox" || input.type === "radio" ? String(input.checked) : input.value;
}

function initialValue(input) {
  if (input.type === "checkbox" || input.type === "radio") return String(input.defaultChecked);
  if (input.tagName === "SELECT") {
    const chosen = [...input.options].find((option) => option.defaultSelected) ?? input.options[0];
    return chosen?.value ?? "";
  }
  return input.defaultValue;
}

function inputsOf(box) {
  const names = (input) => input.name && input.type !== "hidden" && !/^(follow$|take\.|coordinates$)/.test(input.name);
  return [...box.querySelectorAll("input, select, textarea")].filter(names);
}

function update(box) {
  const isChanged = inputsOf(box).some((input) => value(input) !== initialValue(input));
  let note = box.querySelector(".kept-field");
  if (isChanged && !note) {
    note = document.createElement("p");
    note.className = "kept-field";
    note.setAttribute("role", "status");
    note.textContent = marker.dataset.kept;
    (box.querySelector(".grow.relative") ?? box).append(note);
  }
  if (!isChanged) note?.remove();
}

function note(event) {
  const box = event.target.closest("[class*='field-']");
  if (box && form.contains(box) && inputsOf(box).includes(event.target)) update(box);
}

if (form) {
  form.dataset.warnUnsaved = form.querySelector(".errors, .errorlist") ? "changed" : "";
  form.addEventListener("input", note);
  form.addEventListener("change", note);
}
