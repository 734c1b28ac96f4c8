// The events of a selection: pages, of which the last may be live. A page is { items, lows, query, next, isHead }:
// events and notes from old to new; where it begins in each partition; its query; the cursor behind it;
// whether nothing is known to follow, so that a tail may go on from it.
"use strict";

const ROWS_MAX = 500;           // of a live page
const LIVE_EVENTS = 100;        // shown at its start, over all partitions
const LIVE_KEY_OFFSETS = 10000; // looked through for a key at its start

let selection = null; // { topic, partition, key }
let pages = [];
let at = 0;            // which page is shown
let tail = null;       // of the last page, while it is shown and not paused
let pending = [];      // items that are not in the list yet
let isDrawing = false; // `pending` is drawn in the next frame
let skipped = 0;       // came too fast to be shown
const shown = new WeakMap(); // row -> its event

const isEvent = (item) => item.value !== undefined;

// ---- opening and moving ----

// `query` are start parameters; null: live, from the last events.
function openEvents(wanted, query, partitionCount) {
  closeEvents();
  selection = wanted;
  const isLive = query === null;
  const most = wanted.key === undefined ? LIVE_EVENTS : LIVE_KEY_OFFSETS;
  const first = newPage([], query || { from: `-${Math.max(1, Math.floor(most / Math.max(1, partitionCount)))}` });
  first.isHead = isLive;
  first.isOldest = !isLive && query.from === "earliest";
  pages = [first];
  at = 0;
  drawPage();
  if (!isLive) move(async () => fill(first, await readAt(selection, first.query)));
}

function closeEvents() {
  detachTail();
  selection = null;
  pages = [];
  pending = [];
  skipped = 0;
}

const newPage = (items, query) => ({ items, lows: new Map(), query, next: null, isHead: false });

function fill(page, read) {
  page.items = [...read.notes.map((note) => ({ note })), ...read.events];
  page.next = read.next;
  page.isHead = read.upToDate;
}

// Runs what changes the pages, one at a time, and shows what came of it unless the view is another one by then.
async function move(action) {
  const mine = selection;
  for (const id of ["older", "newer"]) $(id).disabled = true;
  detachTail();
  showProblem(null);
  try {
    await action();
  } catch (error) {
    if (selection === mine) showProblem(error);
  }
  if (selection === mine) drawPage();
}

function older() {
  return move(async () => {
    if (at > 0) {
      at--;
      return;
    }
    const page = pages[0];
    const mine = selection;
    const read = await readOlder({ ...page, events: page.items.filter(isEvent) }, selection);
    if (selection !== mine) return;
    if (read === null) {
      page.isOldest = true;
      return;
    }
    const [low, ...more] = [...read.lows.values()];
    const query = more.length === 0 ? { offset: low.offset, limit: read.events.length } : pages[0].query;
    pages.unshift({ ...newPage(read.events, query), lows: read.lows });
  });
}

function newer() {
  return move(async () => {
    if (at + 1 < pages.length) {
      at++;
      return;
    }
    const last = pages[at];
    const mine = selection;
    if (last.next === null) { // it could not be read before
      fill(last, await readAt(selection, last.query));
      return;
    }
    const read = await readAt(selection, { cursor: last.next });
    if (selection !== mine) return;
    if (read.events.length === 0 && read.upToDate) {
      last.isHead = true;
      return;
    }
    const page = newPage([], { cursor: last.next });
    fill(page, read);
    pages.push(page);
    at++;
  });
}

// ---- live ----

function attachTail(page) {
  const wanted = selection;
  tail = new Tail((query) => selectionUrl(wanted, query), page.next ? { cursor: page.next } : page.query, {
    events: (events) => arrive(page, events),
    note: (note) => arrive(page, [{ note }]),
    state: setState,
    end: (problem) => {
      detachTail();
      page.isOver = true;
      arrive(page, [{ note: problem ? problem.message : "The topic was deleted." }]);
      drawButtons();
      attempt(loadTopics);
    },
  });
}

// The page keeps where the tail was: it goes on there.
function detachTail() {
  if (tail === null) return;
  tail.stop();
  pages[at].next = tail.position ?? null;
  tail = null;
}

function togglePause() {
  const page = pages[at];
  if (!page?.isHead || page.isOver) return;
  page.isPaused = !page.isPaused;
  if (page.isPaused) detachTail();
  else attachTail(page);
  drawButtons();
}

function setState(state, text) {
  $("state").dataset.state = state;
  if ($("state").textContent !== text) $("state").textContent = text;
}

// The oldest `count` items leave the page; it begins behind them.
function drop(page, count) {
  if (count <= 0) return;
  for (const item of page.items.splice(0, count))
    if (isEvent(item)) page.lows.set(placeOf(item.topic, item.partition), boundBehind(item));
  page.isOldest = false;
  $("older").disabled = false;
}

// What arrives together is drawn once a frame, and no more of it than a page can show.
function arrive(page, items) {
  if (items.length === 0) {
    drawCount();
    return;
  }
  if (items.some((item) => !isEvent(item) || !isKnownTopic(item.topic))) loadTopicsSoon(); // made, or gone
  page.items.push(...items);
  drop(page, page.items.length - ROWS_MAX);
  pending.push(...items);
  const excess = pending.length - ROWS_MAX;
  if (excess > 0) {
    pending.splice(0, excess);
    skipped += excess;
  }
  if (!isDrawing) requestAnimationFrame(drawPending);
  isDrawing = true;
}

// ---- drawing ----

function rowOf(item) {
  if (!isEvent(item)) return noteRow(item.note);
  const row = eventRow(item, selection.topic === null);
  shown.set(row, item);
  row.hidden = !hasText(item);
  return row;
}

function drawPage() {
  pending = [];
  const page = pages[at];
  $("events").replaceChildren(...page.items.toReversed().map(rowOf));
  $("events").scrollTop = 0;
  if (page.isHead && !page.isPaused && !page.isOver) attachTail(page);
  drawButtons();
}

// New rows would push away what somebody reads: they wait while a row is open, or the list is scrolled.
function drawPending() {
  const list = $("events");
  isDrawing = false;
  if (pending.length === 0) return;
  if (list.scrollTop > 8 || list.querySelector("details[open]")) {
    $("held").hidden = false;
    $("held").textContent = `${(pending.length + skipped).toLocaleString("en")} new`;
    return;
  }
  $("held").hidden = true;
  const rows = pending.toReversed().map(rowOf);
  pending = [];
  list.querySelector(".empty")?.remove();
  list.prepend(...rows);
  while (list.children.length > ROWS_MAX) list.lastElementChild.remove();
  drawCount();
}

function showHeld() {
  for (const row of $("events").querySelectorAll("details[open]")) row.open = false;
  $("events").scrollTop = 0;
}

function drawButtons() {
  const page = pages[at];
  $("held").hidden = true;
  $("clear").hidden = !page.isHead;
  $("pause").hidden = !page.isHead || Boolean(page.isOver);
  $("pause").textContent = page.isPaused ? "Resume" : "Pause";
  $("older").disabled = Boolean(page.isOldest);
  $("newer").disabled = page.isHead && at + 1 === pages.length;
  $("latest").disabled = page.isHead && !page.isOver;
  if (page.isOver) setState("ended", "ended");
  else if (!page.isHead) setState("paused", "history");
  else if (page.isPaused) setState("paused", "paused");
  drawCount();
}

function drawCount() {
  const list = $("events");
  const rows = [...list.querySelectorAll(".event")];
  const visible = rows.filter((row) => !row.hidden).length;
  const parts = [visible === rows.length ? `${rows.length} shown` : `${visible} of ${rows.length} shown have the text`];
  if (pages[at].isOldest) parts.push("nothing is older");
  if (skipped > 0) parts.push(`${skipped.toLocaleString("en")} came too fast to be shown`);
  $("count").textContent = parts.join(", ");
  const isLoading = pages[at].next === null && !tail?.position;
  if (list.children.length === 0 && !isLoading)
    list.append(make("div", "empty", `No events${selection.key === undefined ? "" : " with this key"} here yet.`));
}

function clearEvents() {
  drop(pages[at], pages[at].items.length);
  pending = [];
  skipped = 0;
  $("events").replaceChildren();
  drawButtons();
}

// ---- text ----

function hasText(event) {
  const wanted = $("text").value.toLowerCase();
  const texts = [event.value, event.key || "", event.topic];
  return wanted === "" || texts.some((text) => text.toLowerCase().includes(wanted));
}

function filterText() {
  for (const row of $("events").querySelectorAll(".event")) row.hidden = !hasText(shown.get(row));
  drawCount();
}

// The command that reads what is shown.
function viewAsCurl() {
  const page = pages[at];
  return page.isHead ? curl(selectionUrl(selection, page.query), { accept: "text/event-stream" })
                     : curl(selectionUrl(selection, { limit: PAGE_LIMIT, ...page.query }));
}

$("older").addEventListener("click", older);
$("newer").addEventListener("click", newer);
$("pause").addEventListener("click", togglePause);
$("clear").addEventListener("click", clearEvents);
$("held").addEventListener("click", showHeld);
$("events").addEventListener("scroll", drawPending);
$("events").addEventListener("toggle", drawPending, true);
$("text").addEventListener("input", filterText);
prepareCopy($("copy-view"), viewAsCurl);

$("events").addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  if (event.target !== $("events") && event.target.tagName !== "SUMMARY") return;
  const rows = [...$("events").querySelectorAll(".event:not([hidden]) > summary")];
  const next = rows.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  rows[Math.max(0, Math.min(next, rows.length - 1))]?.focus();
  event.preventDefault();
});
