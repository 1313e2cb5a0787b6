// <button data-copy="#id" data-copied="Copied"> copies an element's text and says so in the next role=status.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  const range = document.createRange();
  range.selectNodeContents(source);
  const selection = window.getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  // The clipboard needs HTTPS and the user's leave; without them the text is selected, ready for Ctrl-C.
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    return;
  }
  button.nextElementSibling.textContent = button.dataset.copied;
});
