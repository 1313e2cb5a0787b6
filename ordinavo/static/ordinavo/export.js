// The page of an export that has not ended: shows how far it is, and loads the page again at its end. Without this
// script, the link "Refresh" does it.
const bar = document.querySelector("[data-progress]");
const PAUSES = [300, 500, 1000]; // milliseconds; the last one repeats
const MAX_POLLS = 3600; // so that a page that was left open does not keep its session for ever

async function poll(number) {
  try {
    const answer = await fetch(bar.dataset.progress, { headers: { Accept: "application/json" } });
    if (answer.redirected || answer.status === 403 || answer.status === 404) return window.location.reload();
    if (answer.ok) {
      const progress = await answer.json();
      if (progress.hasEnded) return window.location.reload();
      bar.value = progress.percent;
      const text = document.getElementById("export-text");
      if (text.textContent !== progress.text) text.textContent = progress.text;
    }
  } catch {
    // The server cannot be reached. Try again.
  }
  if (number < MAX_POLLS) setTimeout(poll, PAUSES[Math.min(number, PAUSES.length - 1)], number + 1);
}

setTimeout(poll, PAUSES[0], 1);
