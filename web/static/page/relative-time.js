// Renews "12 min" while the page is open, in the words that the server uses.

const [S, MIN, H, D] = (document.body.dataset.units ?? "s,min,h,d").split(",");

/** Say a duration in its two largest units; seconds only count below a minute. */
export function lasting(seconds) {
  const whole = Math.floor(Math.abs(seconds));
  if (whole < 60) return `${whole} ${S}`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} ${MIN}`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) {
    const days = `${Math.floor(hours / 24)} ${D}`;
    return hours % 24 ? `${days} ${hours % 24} ${H}` : days;
  }
  return minutes % 60 ? `${hours} ${H} ${minutes % 60} ${MIN}` : `${hours} ${H}`;
}

function renew() {
  if (document.hidden) return;
  for (const time of document.querySelectorAll("time[data-ago], #monitors time")) {
    const text = lasting((Date.now() - Date.parse(time.dateTime)) / 1000);
    if (time.textContent !== text) time.textContent = text;
  }
}

setInterval(renew, 15000);
document.addEventListener("visibilitychange", renew);
