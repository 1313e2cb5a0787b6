// Unfold's script would look for a text field beside a file input, and fail. This tells it that it need not.
for (const input of document.querySelectorAll("input[type=file]")) input.hasChangeListener = true;

// Refuses a file that is too large before it is sent, and lets a form be sent once: a second click does nothing.
document.addEventListener("change", (event) => {
  const input = event.target;
  if (input.matches("input[type=file][data-max-bytes]")) {
    const isTooLarge = [...input.files].some((file) => file.size > Number(input.dataset.maxBytes));
    input.setCustomValidity(isTooLarge ? input.dataset.tooLarge : "");
    if (isTooLarge) input.reportValidity();
  }
  if (input.matches(".columns select")) input.closest("tr").classList.toggle("ignored", !input.value);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!("uploading" in form.dataset)) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  const status = form.querySelector("[data-status]");
  if (status) status.textContent = form.dataset.uploading;
});

// The browser may show this page again when staff go back.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const status of document.querySelectorAll("[data-status]")) status.textContent = "";
});
