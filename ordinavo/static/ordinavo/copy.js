// A click on <button data-copy="#id" data-copied="Copied"> copies the text of the element #id. The element after the
// button, which has role=status, then shows the text of data-copied.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  const range = document.createRange();
  range.selectNodeContents(source);
  const selection = window.getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  // The clipboard needs HTTPS and the user's permission. Without them, the text stays selected for Ctrl-C.
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    return;
  }
  button.nextElementSibling.textContent = button.dataset.copied;
});
