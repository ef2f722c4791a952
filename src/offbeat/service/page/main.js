// The page: asks for what is new, and shows it.

import { BoardView } from "./board.js";
import { element, make, write } from "./dom.js";
import { EventsView } from "./events.js";
import { plural } from "./numbers.js";
import { forget, hasKey, keep, Lost, Watched } from "./server.js";
import { StreamView } from "./stream.js";
import { ThresholdView } from "./thresholds.js";
import { chooseZone, clock, zoneName, zones } from "./times.js";

const EVERY = 2000; // ms
const SLOWEST = 15000; // while the service cannot be reached

const watched = new Watched();
let timer = null;
let failures = 0;
let lostSince = null;
let eventsVersion = null;
let running = null; // the request in progress
let wants = false; // another one after it

// What is asked for again and again

async function look() {
  const facts = await watched.ask("v1/board", stream.chosen ? { n: 1 } : board.wanted);
  if (!facts) return;
  if (stream.chosen) await stream.refresh();
  else board.show(facts);
  events.several = facts.models.length > 1;
  if (facts.events.version !== eventsVersion) {
    await Promise.all([events.refresh(), stream.refresh(true)]);
    eventsVersion = facts.events.version;
  }
  const { n_unsaid: unsaid, days } = facts.events;
  write(element("unsaid"), unsaid ? `${unsaid.toLocaleString("en")} to acknowledge, received in the last ${plural(days, "day")}` : "");
  write(element("to-events"), `Events${unsaid ? ` (${unsaid.toLocaleString("en")})` : ""}`);
}

async function beat() {
  clearTimeout(timer);
  if (document.hidden || element("key-dialog").open) return;
  if (running) {
    wants = true;
    return;
  }
  try {
    running = look();
    await running;
    reached();
  } catch (error) {
    say(error);
  } finally {
    running = null;
  }
  clearTimeout(timer);
  timer = setTimeout(beat, wants ? 0 : Math.min(SLOWEST, EVERY * 2 ** failures));
  wants = false;
}

function reached() {
  if (lostSince !== null) {
    eventsVersion = null;
    watched.again();
  }
  failures = 0;
  lostSince = null;
  element("lost").hidden = true;
  element("link").className = "live";
  write(element("link"), "live");
  document.body.classList.remove("stale");
}

// What went wrong: no connection, no key, or something that the service refuses.
function say(error) {
  if (error instanceof Lost) {
    failures += 1;
    lostSince ??= Date.now();
    element("lost").hidden = false;
    write(element("lost"), `Connection lost at ${clock(lostSince)}. What is shown is from before that. Trying again…`);
    element("link").className = "gone";
    write(element("link"), "not connected");
    document.body.classList.add("stale");
    return;
  }
  if (error.status === 401) {
    askForKey(hasKey());
    return;
  }
  failures = Math.min(failures + 1, 2);
  if (error.status === 404 && stream.chosen) {
    location.hash = "";
  }
  write(element("wrong"), error.message);
  element("wrong").hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => {
    element("wrong").hidden = true;
  }, 12000);
  if (!error.status) throw error;
}

function askForKey(wasWrong) {
  const dialog = element("key-dialog");
  if (dialog.open) return;
  forget();
  element("key-wrong").hidden = !wasWrong;
  dialog.showModal();
}

element("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const key = element("key").value.trim();
  if (!key || /[^\x21-\x7e]/.test(key)) {
    element("key-wrong").hidden = false;
    return;
  }
  keep(key);
  element("key").value = "";
  element("key-dialog").close();
  eventsVersion = null;
  failures = 0;
  show();
});
element("key-dialog").addEventListener("cancel", (event) => event.preventDefault());

// What is shown: all streams, or one

const board = new BoardView(() => beat());
const stream = new StreamView(say);
const events = new EventsView(say);
const thresholds = new ThresholdView(() => {
  watched.again();
  stream.refresh(true).catch(say);
});

events.onSaid = () => {
  watched.again();
  if (stream.chosen) stream.refresh(true).catch(say);
  beat();
};
events.onOpen = (event) => {
  const same = stream.chosen && stream.chosen.key === event.key && stream.chosen.model === event.model;
  toEvent = same ? null : event;
  if (same) stream.goTo(event);
};
stream.onPick = (event) => events.pick(event);
stream.onFacts = (facts) => thresholds.showNow(facts);

let toEvent = null; // what an opened stream begins with

async function show() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const key = asked.get("stream");
  element("opened").hidden = key === null;
  element("all").hidden = key !== null;
  watched.again();
  if (key === null) {
    stream.close();
    events.open(null);
    board.again();
    beat();
    return;
  }
  const chosen = { model: asked.get("model"), key };
  events.open(chosen);
  thresholds.open(chosen);
  try {
    await stream.open(chosen);
    if (toEvent) stream.goTo(toEvent);
    else element("stream-name").focus();
    toEvent = null;
  } catch (error) {
    say(error);
  }
  beat();
}

function showZones() {
  const here = zones()[0];
  const name = (zone) => (zone === here && zone !== "UTC" ? `${zone} (this browser)` : zone);
  element("zone").replaceChildren(...zones().map((zone) => make("option", { value: zone }, name(zone))));
  element("zone").value = zoneName();
}

element("zone").addEventListener("change", (event) => {
  chooseZone(event.target.value);
  board.again();
  events.show();
  stream.redraw();
  thresholds.preview();
});
for (const [button, part] of [["to-streams", "main"], ["to-events", "events"]]) {
  element(button).addEventListener("click", () => element(part).scrollIntoView());
}
window.addEventListener("hashchange", show);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) clearTimeout(timer);
  else beat();
});
window.addEventListener("online", () => beat());
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && stream.chosen && !document.querySelector("dialog[open]") && !event.target.closest("input, select")) location.hash = "";
  if (event.key === "/" && !event.target.closest("input, select") && !stream.chosen) {
    event.preventDefault();
    element("find").focus();
  }
});

showZones();
show();
