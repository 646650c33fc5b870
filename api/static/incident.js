// One incident on the page. Whatever others have written goes in as text, and never as HTML.

const MINUTE_MS = 60_000;
const SUPPRESSED = {
  maintenance: "a maintenance window is open",
  parent: "a monitor that it depends on is down",
  parent_unknown: "a monitor that it depends on is being checked first",
  flapping: "the monitor is flapping",
  paused: "the monitor is paused, or was resumed just now",
};
// With the zone: whoever reads it may compare it with a log.
const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

/** Make an article of the page's template; `act` is called with what its reader decides. */
export function made(act) {
  const article = document.getElementById("incident").content.firstElementChild.cloneNode(true);
  const form = article.querySelector("form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act(event.submitter.name, form.elements.note.value, Number(form.elements.minutes.value));
  });
  return article;
}

/** Show how an incident is now; a note that is being written stays. */
export function show(article, incident, { mayWrite }) {
  const part = (name) => article.querySelector(`.${name}`);
  const focused = document.activeElement;
  const isOver = incident.ended_at !== null;
  const isQuiet = incident.acknowledged_at !== null || incident.snoozed_until !== null;
  const standing = isOver ? "closed" : incident.severity;
  article.dataset.incident = incident.id;
  article.dataset.down = isOver ? "" : incident.monitor.id;
  part("severity").textContent = standing;
  part("severity").className = `severity ${standing}`;
  part("name").textContent = incident.monitor.name;
  article.ariaLabel = incident.monitor.name;
  for (const each of article.querySelectorAll("button, summary")) {
    // Whoever hears a button among many incidents hears which incident it belongs to.
    each.ariaLabel = `${each.textContent}: ${incident.monitor.name}`;
  }
  part("detail").textContent = incident.detail;
  part("time").textContent = span(incident);
  say(part("care"), isOver ? "" : care(incident));
  const { elements } = article.querySelector("form");
  article.querySelector("form").hidden = isOver || !mayWrite;
  // Hidden, it would let another button come under the hand of who presses it twice.
  elements.acknowledge.disabled = incident.acknowledged_at !== null;
  elements.undo.hidden = !isQuiet;
  // Whoever pressed what is gone now would be nowhere.
  const isLost = article.contains(focused) && focused.closest(":disabled, [hidden]");
  if (isLost) article.querySelector("h2").focus({ preventScroll: true });
}

/** Only what changes is read out. */
export function say(where, words) {
  if (where.textContent !== words) where.textContent = words;
}

/** List what happened, oldest first. */
export function showTimeline(article, entries) {
  const lines = entries.map((entry) => {
    const line = document.createElement("li");
    line.textContent = [at(entry.at), happened(entry), entry.note].filter(Boolean).join(" · ");
    return line;
  });
  article.querySelector("ol").replaceChildren(...lines);
}

export function at(moment) {
  return clock.format(new Date(moment));
}

function span(incident) {
  if (incident.ended_at === null) {
    return `Since ${at(incident.started_at)}: ${minutes(incident.started_at, Date.now())}.`;
  }
  const long = minutes(incident.started_at, new Date(incident.ended_at));
  return `From ${at(incident.started_at)} to ${at(incident.ended_at)}: ${long}.`;
}

function minutes(start, end) {
  const whole = Math.max(0, Math.floor((end - new Date(start)) / MINUTE_MS));
  const [hours, rest] = [Math.floor(whole / 60), whole % 60];
  if (hours) return `${hours} h ${rest} min`;
  return rest ? `${rest} min` : "less than a minute";
}

function care(incident) {
  if (incident.acknowledged_at !== null) {
    return `Acknowledged by ${incident.acknowledged_by} at ${at(incident.acknowledged_at)}.`;
  }
  if (incident.snoozed_until !== null) return `Snoozed until ${at(incident.snoozed_until)}.`;
  if (incident.suppressed_by === null) return "Not acknowledged yet.";
  return `Notifications are suppressed: ${SUPPRESSED[incident.suppressed_by] ?? incident.suppressed_by}.`;
}

function happened({ kind, by, facts }) {
  const words = [by === null ? kind : `${kind} by ${by}`];
  if (facts.step) words.push(`step ${facts.step}`);
  if (facts.contacts?.length) words.push(facts.contacts.join(", "));
  if (kind === "suppressed") words.push(SUPPRESSED[facts.by] ?? facts.by);
  if (facts.until) words.push(`until ${at(facts.until)}`);
  if (facts.resolution) words.push(facts.resolution);
  return words.join(", ");
}
