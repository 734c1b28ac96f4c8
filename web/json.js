// JSON as the text that came: where its values begin and end, and the same text with line breaks. No value is parsed,
// so numbers of any size, escapes and duplicate members stay as they were sent. The server has checked that it is
// JSON.
"use strict";

function skipSpace(text, at) {
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at++;
  return at;
}

// Just behind the string whose opening quote is at `at`.
function stringEnd(text, at) {
  for (;;) {
    at = text.indexOf('"', at + 1);
    if (at < 0) throw new SyntaxError("a JSON string does not end");
    let slashes = 0;
    while (text[at - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return at + 1;
  }
}

const SCALAR = /[^\s,:[\]{}"]+/y;

// Just behind the token that begins at `at`: a string, a number or word, or one of {}[]:,
function tokenEnd(text, at) {
  if (at >= text.length) throw new SyntaxError("JSON text ends too early");
  if (text[at] === '"') return stringEnd(text, at);
  SCALAR.lastIndex = at;
  return SCALAR.test(text) ? SCALAR.lastIndex : at + 1;
}

// Just behind the value that begins at `at`.
function valueEnd(text, at) {
  let depth = 0;
  do {
    const start = skipSpace(text, at);
    at = tokenEnd(text, start);
    if (text[start] === "{" || text[start] === "[") depth++;
    if (text[start] === "}" || text[start] === "]") depth--;
  } while (depth > 0);
  return at;
}

// Members of an object, elements of an array: [name, text of the value]…; the names of an array are null.
function jsonMembers(text) {
  const members = [];
  let at = skipSpace(text, 0);
  const isObject = text[at] === "{";
  at = skipSpace(text, at + 1);
  while (text[at] !== "}" && text[at] !== "]") {
    let name = null;
    if (isObject) {
      const end = tokenEnd(text, at);
      name = JSON.parse(text.slice(at, end));
      at = skipSpace(text, skipSpace(text, end) + 1);
    }
    const end = valueEnd(text, at);
    members.push([name, text.slice(at, end)]);
    at = skipSpace(text, end);
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
  return members;
}

// The same tokens, one member or element a line.
function jsonIndent(text) {
  const out = [];
  let depth = 0;
  const newLine = () => "\n" + "  ".repeat(depth);
  for (let at = skipSpace(text, 0), end; at < text.length; at = skipSpace(text, end)) {
    end = tokenEnd(text, at);
    const token = text.slice(at, end);
    if (token === "{" || token === "[") {
      const next = skipSpace(text, end);
      const isEmpty = text[next] === "}" || text[next] === "]";
      if (isEmpty) end = next + 1;
      else depth++;
      out.push(token, isEmpty ? text[next] : newLine());
    } else if (token === "}" || token === "]") {
      depth--;
      out.push(newLine(), token);
    } else if (token === ",") {
      out.push(token, newLine());
    } else {
      out.push(token === ":" ? ": " : token);
    }
  }
  return out.join("");
}

// An event of a page or stream. All but the value is parsed; the value is its text.
function readEvent(text) {
  const members = Object.fromEntries(jsonMembers(text));
  const parsed = (name) => (members[name] === undefined ? undefined : JSON.parse(members[name]));
  return {
    topic: parsed("topic"), partition: parsed("partition"), offset: parsed("offset"),
    timestamp: parsed("timestamp"), receivedAt: parsed("received_at") ?? parsed("timestamp"),
    key: parsed("key"), headers: parsed("headers"), id: parsed("id"), encoding: parsed("encoding"),
    value: members.value,
  };
}

// {"events":[…],"next":"…","up_to_date":…} as a page: { events, next, upToDate }.
function readPage(text) {
  const members = Object.fromEntries(jsonMembers(text));
  return {
    events: jsonMembers(members.events).map(([, event]) => readEvent(event)),
    next: JSON.parse(members.next), upToDate: JSON.parse(members.up_to_date),
  };
}
