// Follows server-sent events with a client of npm: node.cjs CLIENT URL. Prints the number of each event.
"use strict";

const classes = {
  eventsource2: () => require("eventsource2"),
  eventsource4: () => require("eventsource4").EventSource,
  eventsource5: () => require("eventsource5").EventSource,
  undici: () => globalThis.EventSource,
  "event-source-polyfill": () => require("event-source-polyfill").EventSourcePolyfill,
};

const [name, url] = process.argv.slice(2);
const EventSource = classes[name]();
const stream = new EventSource(url);

const handle = (event) => console.log("event", event.value.n);

stream.onmessage = (message) => handle(JSON.parse(message.data));

// It keeps what it had of an event over a reconnect: a message may hold parts of several.
const shown = {};
if (name === "eventsource2") stream.onmessage = (message) => {
  for (const line of message.data.split("\n")) {
    let event;
    try { event = JSON.parse(line); } catch { continue; } // a part; the whole event comes again
    if (event.offset <= (shown[event.partition] ?? -1)) continue;
    shown[event.partition] = event.offset;
    handle(event);
  }
};

// Their pause before they reconnect keeps no process alive.
if (name === "eventsource5" || name === "undici") setInterval(() => {}, 60_000);

stream.onerror = (error) => console.error("no stream:", error.message ?? error.error?.message ?? error.status);
