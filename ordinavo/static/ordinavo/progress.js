// Shows in <div data-progress="address"> how far work in the background is, and loads the page again at its end. Without
// this script, the link "Refresh" does it.
const block = document.querySelector("[data-progress]");
const bar = block.querySelector("progress");
const PAUSES = [300, 500, 1000]; // milliseconds; the last one repeats
const MAX_POLLS = 3600; // so that a page that was left open does not keep its session for ever
const ANNOUNCED_STEP = 10; // per cent; a screen reader does not speak each second

function show(id, text) {
  const element = document.getElementById(id);
  if (element.textContent !== text) element.textContent = text;
  return element;
}

let announced = 0;
function announce(percent, text) {
  if (percent === null || percent < announced + ANNOUNCED_STEP) return;
  announced = percent;
  show("progress-announcement", text);
}

async function poll(number) {
  try {
    const answer = await fetch(block.dataset.progress, { headers: { Accept: "application/json" } });
    if (answer.redirected || answer.status === 403 || answer.status === 404) return window.location.reload();
    if (answer.ok) {
      const progress = await answer.json();
      if (progress.hasEnded) return window.location.reload();
      if (progress.percent === null) bar.removeAttribute("value");
      else bar.value = progress.percent;
      show("progress-text", progress.text);
      show("progress-warning", progress.warning).hidden = !progress.warning;
      announce(progress.percent, progress.text);
    }
  } catch {
    // The server cannot be reached. Try again.
  }
  if (number < MAX_POLLS) setTimeout(poll, PAUSES[Math.min(number, PAUSES.length - 1)], number + 1);
}

setTimeout(poll, PAUSES[0], 1);
