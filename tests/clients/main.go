// What a program does with the client that oapi-codegen makes: clients URL. Prints a line of JSON for each step.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"

	"tailrace.example/clients/tailrace"
)

type facts map[string]any

func say(step string, more facts) {
	more["step"] = step
	line, err := json.Marshal(more)
	check(err)
	fmt.Println(string(line))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// must ends the program when the answer is another than the one that is wanted: the body then is a problem.
func must[T any](answer *T, body []byte) T {
	if answer == nil {
		var problem tailrace.Problem
		check(json.Unmarshal(body, &problem))
		check(fmt.Errorf("%s: %s", problem.Code, problem.Detail))
	}
	return *answer
}

func pointer[T any](value T) *T { return &value }

// total is of one event's value, which comes as the bytes that were sent.
func total(event tailrace.Event) int {
	var order struct {
		Total int `json:"total"`
	}
	check(json.Unmarshal(event.Value, &order))
	return order.Total
}

func totals(events []tailrace.Event) []int {
	all := []int{}
	for _, event := range events {
		all = append(all, total(event))
	}
	return all
}

type program struct {
	client *tailrace.ClientWithResponses
	ctx    context.Context
}

func (p program) readPage(params tailrace.ReadTopicEventsParams) tailrace.Page {
	response, err := p.client.ReadTopicEventsWithResponse(p.ctx, "orders", &params)
	check(err)
	answer := must(response.JSON200, response.Body)
	page, err := answer.AsPage()
	check(err)
	return page
}

// appendLines sends newline-delimited JSON, an event a line, which no generator knows.
func (p program) appendLines(lines string) int {
	client, ctx := p.client, p.ctx
	response, err := client.AppendEventsWithBodyWithResponse(ctx, "orders", nil,
		"application/x-ndjson", strings.NewReader(lines))
	check(err)
	return must(response.JSON200, response.Body).Count
}

// follow gives the first event behind the cursor, of lines without end.
func (p program) follow(cursor string) tailrace.Event {
	client, ctx := p.client, p.ctx
	format, follow := tailrace.ShapeNdjson, true
	response, err := client.ReadTopicEvents(ctx, "orders", &tailrace.ReadTopicEventsParams{
		Format: &format, Follow: &follow, Cursor: &cursor})
	check(err)
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 64<<20) // the longest line
	for lines.Scan() {
		var event tailrace.Event
		err := json.Unmarshal(lines.Bytes(), &event)
		check(err)
		if event.Topic != "" {
			return event
		}
	}
	check(fmt.Errorf("the stream has ended: %w", lines.Err()))
	return tailrace.Event{}
}

func (p program) write() {
	created, err := p.client.CreateTopicWithResponse(p.ctx, "orders", nil,
		tailrace.TopicSettingsInput{Partitions: pointer(1), KeyPointer: pointer("/id")})
	check(err)
	topic := must(created.JSON201, created.Body)
	say("create", facts{"name": topic.Name, "partitions": topic.Settings.Partitions})

	orders := []any{}
	for n := range 5 {
		orders = append(orders, map[string]int{"id": n, "total": 10 * n})
	}
	appended, err := p.client.AppendEventsWithResponse(p.ctx, "orders", nil, orders)
	check(err)
	result := must(appended.JSON200, appended.Body)
	say("append", facts{"count": result.Count, "ack": result.Ack, "first_offset": result.Partitions[0].FirstOffset})
}

func (p program) read() tailrace.Page {
	page := p.readPage(tailrace.ReadTopicEventsParams{From: pointer("earliest"), Limit: pointer(3)})
	keys := []string{}
	for _, event := range page.Events {
		keys = append(keys, *event.Key)
	}
	say("read", facts{"totals": totals(page.Events), "keys": keys, "up_to_date": page.UpToDate})

	rest := p.readPage(tailrace.ReadTopicEventsParams{Cursor: &page.Next, Limit: pointer(3)})
	say("read on", facts{"totals": totals(rest.Events), "up_to_date": rest.UpToDate})
	return page
}

func (p program) commit(cursor string) {
	committed, err := p.client.CommitOffsetsWithResponse(p.ctx, "billing", nil, tailrace.Commit{Cursor: &cursor})
	check(err)
	must(committed.JSON200, committed.Body)
	described, err := p.client.DescribeGroupWithResponse(p.ctx, "billing", nil)
	check(err)
	group := must(described.JSON200, described.Body)
	say("commit", facts{"offset": group.Offsets[0].Offset, "lag": group.Lag})

	again := p.readPage(tailrace.ReadTopicEventsParams{Group: pointer("billing"), WaitMs: pointer(1000)})
	say("read as the group", facts{"totals": totals(again.Events)})

	response, err := p.client.ReadEventsWithResponse(p.ctx,
		&tailrace.ReadEventsParams{Topics: "ord*", Limit: pointer(1)})
	check(err)
	answer := must(response.JSON200, response.Body)
	several, err := answer.AsPage()
	check(err)
	say("read several", facts{"topic": several.Events[0].Topic})
}

func (p program) problems() {
	missing, err := p.client.ReadTopicEventsWithResponse(p.ctx, "missing", nil)
	check(err)
	problem := must(missing.ApplicationproblemJSON404, missing.Body)
	say("problem", facts{"code": problem.Code, "status": missing.StatusCode(), "retryable": problem.Retryable,
		"is_the_code": problem.Code == tailrace.ProblemCodeTopicNotFound})

	beyond, err := p.client.ReadTopicEventsWithResponse(p.ctx, "orders",
		&tailrace.ReadTopicEventsParams{Offset: pointer(int64(99))})
	check(err)
	problem = must(beyond.ApplicationproblemJSON416, beyond.Body)
	say("problem with a cursor", facts{"code": problem.Code, "has_cursor": problem.Cursor != nil})

	refused, err := p.client.AppendEventsWithResponse(p.ctx, "orders",
		&tailrace.AppendEventsParams{Partition: pointer(7)}, []any{"x"})
	check(err)
	problem = must(refused.ApplicationproblemJSON400, refused.Body)
	say("refused write", facts{"status": problem.Status, "written": problem.Written})
}

func main() {
	client, err := tailrace.NewClientWithResponses(os.Args[1], tailrace.WithHTTPClient(&http.Client{}))
	check(err)
	p := program{client: client, ctx: context.Background()}
	p.write()
	page := p.read()
	p.commit(page.Next)
	say("append lines", facts{"count": p.appendLines("{\"id\":5,\"total\":50}\n{\"id\":6,\"total\":60}\n")})
	say("follow", facts{"total": total(p.follow(page.Next))})
	p.problems()
}
