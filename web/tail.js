// Follows a selection from a position on: by a stream while this tab is visible and has a slot for one, else by
// pages. Its position is a cursor, moved with each event that is handed on; so whatever happens in between, nothing
// is lost and nothing comes twice.
//
//   first page ──> slot free? ─── yes ──> stream ── refused for good ─────> page, which shows why
//                      └──────── no ───> page every second                   ├─ server away: /readyz until it answers
//   hidden tab: stream and slot are given back until it is visible           └─ a problem that stays: the end
"use strict";

const POLL_MS = 1000;
const POLL_LIMIT = 500;
const OPEN_MS = 10000;         // a stream without a byte for so long is held up on the way
const REFUSED_MS = 5000;       // after that, a refused stream is tried again; doubled each time
const REFUSED_MS_MAX = 60000;
const READY_TRIES = 5;         // then reading is tried all the same: a server that cannot write may still be read
const VISIBILITY = [[document, "visibilitychange"], [window, "pagehide"], [window, "pageshow"]];

function rest(ms, signal) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}

class Tail {
  // `urlOf(query)` is the selection's address. `query` tells where to start: { cursor } or start parameters.
  // `on` takes { events(list), note(text), state(state, text), end(problem or null) }.
  constructor(urlOf, query, on) {
    this.urlOf = urlOf;
    this.query = query;
    this.on = on;
    this.slot = new StreamSlot();
    this.streamsFrom = 0; // when a stream may be tried
    this.refusedMs = REFUSED_MS;
    this.isOver = false;
    this.round = new AbortController();
    this.comeBack = () => {};
    this.isAway = document.hidden;
    this.onAway = (event) => this.setAway(document.hidden || event.type === "pagehide");
    for (const [target, type] of VISIBILITY) target.addEventListener(type, this.onAway);
    this.run();
  }

  get position() {
    return this.query.cursor;
  }

  stop() {
    this.isOver = true;
    this.round.abort();
    for (const [target, type] of VISIBILITY) target.removeEventListener(type, this.onAway);
    this.comeBack();
  }

  // A tab that is hidden, or a page that the browser keeps for its Back button.
  setAway(isAway) {
    this.isAway = isAway;
    if (isAway) this.round.abort();
    else this.comeBack();
  }

  async run() {
    while (!this.isOver) {
      this.round = new AbortController();
      const { signal } = this.round;
      try {
        await this.untilVisible();
        if (!this.isOver) await this.step(signal);
      } catch (error) {
        if (!signal.aborted) await this.recover(error, signal).catch(() => {});
      }
    }
  }

  untilVisible() {
    if (!this.isAway) return null;
    this.on.state("paused", "resting in the background");
    return new Promise((resolve) => (this.comeBack = resolve));
  }

  // One stream, or one page and a rest.
  async step(signal) {
    if (this.position && Date.now() >= this.streamsFrom && await this.slot.take(() => this.round.abort())) {
      try {
        signal.throwIfAborted();
        await this.stream(signal);
      } finally {
        this.slot.release();
      }
      return;
    }
    signal.throwIfAborted();
    const isFirst = !this.position;
    if (isFirst) this.on.state("waiting", "connecting");
    while (!await this.page(signal));
    if (isFirst) return;
    this.on.state("live", "live, polling every second");
    await rest(POLL_MS, signal);
  }

  // Hands on one page; true: it was the last one for now.
  async page(signal) {
    const page = readPage(await call("GET", this.urlOf({ ...this.query, limit: POLL_LIMIT }), { signal }));
    signal.throwIfAborted();
    this.query = { cursor: page.next };
    this.on.events(inOrder(page.events));
    return page.upToDate;
  }

  // Resolves when the stream is refused for good or has ended; rejects when this round is aborted.
  stream(signal) {
    const source = new EventSource(this.urlOf({ last_event_id: this.position }));
    let timer;
    const settled = new Promise((resolve, reject) => {
      const refused = () => {
        this.streamsFrom = Date.now() + this.refusedMs;
        this.refusedMs = Math.min(this.refusedMs * 2, REFUSED_MS_MAX);
        resolve();
      };
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      timer = setTimeout(refused, OPEN_MS);
      source.onopen = () => {
        clearTimeout(timer);
        this.refusedMs = REFUSED_MS;
        this.on.state("live", "live");
        showServer("live", "serving");
      };
      source.onerror = () => {
        clearTimeout(timer);
        if (source.readyState === EventSource.CLOSED) {
          refused();
          return;
        }
        timer = setTimeout(refused, OPEN_MS);
        this.on.state("waiting", "reconnecting");
        showServer("down", "not reachable");
      };
      source.onmessage = (message) => this.take(message, () => this.on.events([readEvent(message.data)]));
      source.addEventListener("gap", (message) => this.take(message, () => this.on.note(describeGap(message.data))));
      source.addEventListener("end", () => {
        this.finish(null);
        resolve();
      });
    });
    return settled.finally(() => {
      clearTimeout(timer);
      source.close();
    });
  }

  take(message, handOn) {
    if (message.lastEventId) this.query = { cursor: message.lastEventId };
    handOn();
  }

  finish(problem) {
    this.stop();
    this.on.end(problem);
  }

  async recover(error, signal) {
    if (error instanceof Problem && error.cursor) { // the position is gone or not there yet; from here it can go on
      this.query = { cursor: error.cursor };
      this.on.note(error.message);
    } else if (error instanceof Problem && error.isPassing) {
      this.on.state("down", "the server is away");
      this.streamsFrom = 0;
      for (let tries = 0; tries < READY_TRIES; tries++) {
        await rest(POLL_MS, signal);
        if (await isReady(signal)) break;
      }
    } else {
      this.finish(error);
    }
  }
}

function describeGap(text) {
  const gap = JSON.parse(text);
  const where = gap.partition === undefined ? gap.topic : `${gap.topic}, partition ${gap.partition}`;
  const what = gap.from === undefined ? "" : `: offsets ${gap.from} to ${gap.to} are not there`;
  return `Gap in ${where} (${gap.reason})${what}`;
}

// By time of arrival, which within a partition is the order of the offsets.
function inOrder(events) {
  return events.sort((a, b) => a.receivedAt - b.receivedAt || a.partition - b.partition || a.offset - b.offset);
}
