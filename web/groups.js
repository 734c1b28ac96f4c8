// Consumer groups: the list with their lag, and what one has committed.
"use strict";

const GROUPS_LIMIT = 100;

let groupsWanted = GROUPS_LIMIT; // rows of the list

const groupHash = (name) => `#/groups/${encodeURIComponent(name)}`;

function link(href, text) {
  const element = make("a", "", text);
  element.href = href;
  return element;
}

const lagCell = (lag) => make("td", lag > 0 ? "behind" : "", numbers.format(lag));

async function refreshGroups() {
  const { items: found, isMore } = await readList("groups", GROUPS_LIMIT, groupsWanted);
  if (route.view !== "groups") return;
  $("groups").replaceChildren(...found.map((group) => make(
    "tr", "", make("td", "text", link(groupHash(group.group), group.group)), lagCell(group.lag))));
  $("groups-table").hidden = found.length === 0;
  $("groups-more").hidden = !isMore;
  $("groups-about").textContent = found.length > 0
    ? "Lag is the number of events that a group has not committed yet."
    : "No group has committed anything yet. A group appears with its first POST to /groups/{group}/offsets.";
}

async function refreshGroup() {
  const name = route.group;
  const group = await callJson("GET", address(["groups", name]));
  if (route.view !== "group" || route.group !== name) return;
  $("about").textContent = `lag ${numbers.format(group.lag)}`;
  $("offsets").replaceChildren(...group.offsets.map((one) => {
    const row = make("tr", "", make("td", "text", link(topicHash(one.topic), one.topic)));
    cells(row, "", one.partition, numbers.format(one.offset));
    row.append(lagCell(one.lag));
    return cells(row, "text", one.metadata ?? "", one.committed_at === null ? "unknown" : shortTime(one.committed_at));
  }));
}

$("groups-more").addEventListener("click", () => {
  groupsWanted += GROUPS_LIMIT;
  attempt(refreshGroups);
});
