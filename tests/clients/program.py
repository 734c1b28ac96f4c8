"""What a program does with the client that openapi-python-client makes: program.py URL. Prints a line of JSON for each
step."""

import json
import sys

from tailrace_client import Client
from tailrace_client.api.events import append_events, read_events, read_topic_events
from tailrace_client.api.groups import commit_offsets, describe_group
from tailrace_client.api.topics import create_topic
from tailrace_client.models import AppendResult, Commit, Page, Problem, ProblemCode, TopicSettingsInput


def say(step, **facts):
    print(json.dumps({"step": step, **facts}), flush=True)


def must(answer):
    """The answer, where it is no problem."""
    if isinstance(answer, Problem):
        raise RuntimeError(f"{answer.code.value}: {answer.detail}")
    return answer


def read_page(client, **query):
    page = must(read_topic_events.sync("orders", client=client, **query))
    assert isinstance(page, Page)
    return page


def append_lines(client, lines):
    """Newline-delimited JSON, an event a line, which no generator knows."""
    response = client.get_httpx_client().post("/topics/orders/events", content="\n".join(lines),
                                              headers={"Content-Type": "application/x-ndjson"})
    result = AppendResult.from_dict(response.raise_for_status().json())
    return result


def follow(client, cursor):
    """The first event behind the cursor, of lines without end."""
    query = {"format": "ndjson", "follow": "true", "cursor": cursor}
    with client.get_httpx_client().stream("GET", "/topics/orders/events", timeout=45, params=query) as response:
        for line in response.iter_lines():
            event = json.loads(line)
            if "topic" in event:
                return event
    raise RuntimeError("the stream has ended")


def main():
    client = Client(base_url=sys.argv[1])

    topic = must(create_topic.sync("orders", client=client, body=TopicSettingsInput(partitions=1, key_pointer="/id")))
    say("create", name=topic.name, partitions=topic.settings.partitions)

    result = must(append_events.sync("orders", client=client, body=[{"id": n, "total": 10 * n} for n in range(5)]))
    say("append", count=result.count, ack=result.ack.value, first_offset=result.partitions[0].first_offset)

    page = read_page(client, from_="earliest", limit=3)
    say("read", totals=[event.value["total"] for event in page.events], keys=[event.key for event in page.events],
        up_to_date=page.up_to_date)

    rest = read_page(client, cursor=page.next_, limit=3)
    say("read on", totals=[event.value["total"] for event in rest.events], up_to_date=rest.up_to_date)

    must(commit_offsets.sync("billing", client=client, body=Commit(cursor=page.next_)))
    group = must(describe_group.sync("billing", client=client))
    say("commit", offset=group.offsets[0].offset, lag=group.lag)

    again = read_page(client, group="billing", wait_ms=1000)
    say("read as the group", totals=[event.value["total"] for event in again.events])

    several = must(read_events.sync(client=client, topics="ord*", limit=1))
    say("read several", topic=several.events[0].topic)

    say("append lines", count=append_lines(client, ['{"id":5,"total":50}', '{"id":6,"total":60}']).count)
    say("follow", total=follow(client, page.next_)["value"]["total"])

    problem = read_topic_events.sync("missing", client=client)
    assert isinstance(problem, Problem)
    say("problem", code=problem.code.value, status=problem.status, retryable=problem.retryable,
        is_the_code=problem.code == ProblemCode.TOPIC_NOT_FOUND)

    problem = read_topic_events.sync("orders", client=client, offset=99)
    say("problem with a cursor", code=problem.code.value, has_cursor=isinstance(problem.cursor, str))

    problem = append_events.sync("orders", client=client, body=["x"], partition=7)
    say("refused write", status=problem.status, written=problem.written)


if __name__ == "__main__":
    main()
