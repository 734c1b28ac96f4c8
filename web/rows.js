// How events look: a row each, which opens to the whole event. All that comes from events is text, never HTML.
"use strict";

const PREVIEW_CHARS = 400; // of a value, in its row
const COPIED_MS = 1500;

const $ = (id) => document.getElementById(id);

// An element with a class, and text or children.
function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3,
});
const day = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit" });

function shortTime(ms) {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return String(ms);
  return day.format(date) === day.format(new Date()) ? clock.format(date) : `${day.format(date)} ${clock.format(date)}`;
}

function longTime(ms) {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : `${date.toISOString()} (${ms})`;
}

// ---- copying ----

async function copyText(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // On plain http:// under another name there is no clipboard but this one.
  const area = make("textarea", "offscreen");
  area.value = text;
  document.body.append(area);
  area.select();
  const isDone = document.execCommand("copy");
  area.remove();
  if (!isDone) throw new Error("The browser does not let this page copy.");
}

function copyButton(label, textOf) {
  const button = make("button", "copy", label);
  button.type = "button";
  prepareCopy(button, textOf);
  return button;
}

function prepareCopy(button, textOf) {
  const label = button.textContent;
  button.addEventListener("click", () => attempt(async () => {
    await copyText(textOf());
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = label), COPIED_MS);
  }));
}

// ---- rows ----

function factsOf(event) {
  const facts = [["Topic", event.topic], ["Partition", event.partition], ["Offset", event.offset],
                 ["Timestamp", longTime(event.timestamp)]];
  if (event.receivedAt !== event.timestamp) facts.push(["Received", longTime(event.receivedAt)]);
  if (event.key !== undefined) facts.push(["Key", event.key]);
  if (event.id !== undefined) facts.push(["Id", event.id]);
  for (const [name, text] of Object.entries(event.headers || {})) facts.push([`Header ${name}`, text]);
  if (event.encoding) facts.push(["Encoding", JSON.stringify(event.encoding)]);
  return facts;
}

function factList(facts) {
  const rows = facts.map(([name, text]) => make("div", "", make("dt", "", name), make("dd", "", String(text))));
  return make("dl", "facts", ...rows);
}

function eventBody(event) {
  const place = address(["topics", event.topic, "events", String(event.partition), String(event.offset)]);
  const value = make("pre", "", jsonIndent(event.value));
  value.tabIndex = 0;
  value.setAttribute("aria-label", "Value");
  const buttons = make("div", "row", copyButton("Copy value", () => event.value),
                       copyButton("Copy as curl", () => curl(place)));
  return make("div", "whole", value, factList(factsOf(event)), buttons);
}

function eventRow(event, isOfMany) {
  const row = make("details", "event");
  const summary = make("summary", "");
  summary.tabIndex = -1; // the arrow keys lead through the list
  if (isOfMany) summary.append(make("span", "topic", event.topic));
  const place = make("span", "place", `${event.partition}/${event.offset}`);
  place.title = `partition ${event.partition}, offset ${event.offset}`;
  const time = make("span", "time", shortTime(event.timestamp));
  time.title = longTime(event.timestamp);
  summary.append(place, time);
  if (event.key !== undefined) summary.append(make("span", "key", event.key));
  summary.append(make("span", "value", event.value.slice(0, PREVIEW_CHARS)));
  row.append(summary);
  row.dataset.place = `${placeOf(event.topic, event.partition)}/${event.offset}`;
  row.addEventListener("toggle", () => {
    if (row.open && row.children.length === 1) row.append(eventBody(event));
  });
  return row;
}

const noteRow = (text) => make("div", "note", text);
