// Pages of history. Forward, a page's cursor leads to the next one. Backward there is no request for it: each
// partition is read in a window that ends where the shown page begins, and the windows together are the page before.
"use strict";

const PAGE_LIMIT = 100;
const WINDOW_LIMIT = 500;     // events of one request within a window
const PARTITIONS_MAX = 64;    // of a selection that can be read backward: each is a request
const WINDOW_GROWTH = 8;      // while a window shows nothing: filtered by a key, or compacted

const placeOf = (topic, partition) => `${topic}/${partition}`;

// What is shown: { topic (null: all), partition ("": all), key (undefined: all) }.
function selectionUrl({ topic, partition, key }, query) {
  return topic === null ? address(["events"], { topics: "*", key, ...query })
                        : address(["topics", topic, "events"], { partition, key, ...query });
}

// A page at this position, { events, next, upToDate, notes }. A position that is gone, or not there yet, is told in a
// note, and the page is the one at the nearest position.
async function readAt(selection, query) {
  const notes = [];
  for (;;) {
    try {
      const page = readPage(await call("GET", selectionUrl(selection, { limit: PAGE_LIMIT, ...query })));
      return { ...page, events: inOrder(page.events), notes };
    } catch (problem) {
      if (!problem.cursor || notes.length > 0) throw problem;
      notes.push(problem.message);
      query = { cursor: problem.cursor };
    }
  }
}

// The selection's partitions: [{ topic, partition, first, next }…]
async function partitionsOf(selection) {
  const list = selection.topic === null ? await readTopics()
                                        : [await callJson("GET", address(["topics", selection.topic]))];
  const found = list.flatMap((topic) => topic.partitions.map((one) => ({
    topic: topic.name, partition: one.partition, first: one.first_offset, next: one.next_offset,
  })));
  return found.filter((one) => selection.partition === "" || String(one.partition) === selection.partition);
}

// A bound of what is shown of a partition: older events have lower offsets, and arrived before `until`.
const boundBefore = (event) => ({ offset: event.offset, until: event.receivedAt + 1 });
const boundBehind = (event) => ({ offset: event.offset + 1, until: event.receivedAt + 1 });

// For each partition, where what is shown begins: Map of place -> bound.
async function shownFrom(page, selection, partitions) {
  const bounds = new Map(page.lows);
  for (const event of page.events) {
    const place = placeOf(event.topic, event.partition);
    if (!(bounds.get(place)?.offset <= event.offset)) bounds.set(place, boundBefore(event));
  }
  // A partition with nothing on the page: it begins where the page's own request finds its first event.
  const missing = partitions.filter((one) => !bounds.has(placeOf(one.topic, one.partition)));
  await Promise.all(missing.map(async (one) => {
    const here = { topic: one.topic, partition: one.partition, key: selection.key };
    const { events } = await readAt(here, { ...page.query, limit: 1 });
    bounds.set(placeOf(one.topic, one.partition), events.length > 0 ? boundBefore(events[0]) : { offset: one.next });
  }));
  return bounds;
}

// The last events of a partition from `low` on and before `bound`, at most `most` of them: { events, bound }, where
// the bound is of their positions.
async function readWindow(selection, low, bound, most) {
  let events = [];
  let query = { offset: low };
  for (let isDone = false; !isDone;) {
    const limit = Math.min(WINDOW_LIMIT, bound.offset - low);
    const page = await readAt(selection, { ...query, limit, until: bound.until });
    const inside = page.events.filter((event) => event.offset < bound.offset);
    isDone = page.upToDate || inside.length < page.events.length || inside.at(-1)?.offset === bound.offset - 1;
    events.push(...inside);
    if (events.length > most) {
      events = events.slice(-most);
      low = events[0].offset;
    }
    query = { cursor: page.next };
  }
  return { events, bound: { offset: low, until: events.length > 0 ? events[0].receivedAt + 1 : bound.until } };
}

// The page before this one, or null when there is nothing older.
async function readOlder(page, selection) {
  const partitions = await partitionsOf(selection);
  if (partitions.length > PARTITIONS_MAX)
    throw new Error(`Older events of ${partitions.length} partitions cannot be read at once: choose a topic or a ` +
                    "partition first, or start from a time.");
  const lows = await shownFrom(page, selection, partitions);
  const older = partitions.filter((one) => lows.get(placeOf(one.topic, one.partition)).offset > one.first);
  const most = Math.ceil(PAGE_LIMIT / Math.max(1, older.length));
  const events = [];
  for (let size = most, isAll = older.length === 0; events.length === 0 && !isAll; size *= WINDOW_GROWTH) {
    isAll = true;
    await Promise.all(older.map(async (one) => {
      const place = placeOf(one.topic, one.partition);
      const bound = lows.get(place);
      if (bound.offset <= one.first) return;
      const low = Math.max(one.first, bound.offset - size);
      const here = { topic: one.topic, partition: one.partition, key: selection.key };
      const window = await readWindow(here, low, bound, most);
      if (low > one.first) isAll = false;
      events.push(...window.events);
      lows.set(place, window.bound);
    }));
  }
  return events.length === 0 ? null : { events: inOrder(events), lows, notes: [], upToDate: false };
}
