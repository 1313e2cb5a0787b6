/* A form with data-once is sent once: a second click or Enter does nothing until the page is left or shown again. */
for (const form of document.querySelectorAll("form[data-once]")) {
  const buttons = () => form.querySelectorAll("button[type=submit]");
  const mark = (isSent) => {
    form.dataset.sent = isSent ? "yes" : "";
    for (const button of buttons()) button.setAttribute("aria-disabled", String(isSent));
  };
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    else mark(true);
  });
  window.addEventListener("pageshow", () => mark(false)); // also when the browser goes back to the page
}
