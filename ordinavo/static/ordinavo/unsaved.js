// Asks before a page is left whose <form data-warn-unsaved> has input that was not sent. The browser words the question.
// A form that the server returned with errors, data-warn-unsaved="changed", has such input from the beginning.
const changed = new Set(document.querySelectorAll('form[data-warn-unsaved="changed"]'));

function note(event) {
  const form = event.target.form ?? event.target.closest?.("form");
  if (form && "warnUnsaved" in form.dataset) changed.add(form);
}
document.addEventListener("input", note);
document.addEventListener("change", note);

// Another script may have stopped the form from being sent.
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) changed.delete(event.target);
});
window.addEventListener("beforeunload", (event) => {
  if (changed.size) event.preventDefault();
});
