package main

import (
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/sink"
	"github.com/wasm-connect/wasm-connect/sdk/go/wasihttp"
)

// What a message shows of a server's answer.
const shownBytes = 200

// task sends records. Requests are made and answered within put, so there is nothing to flush.
type task struct {
	context   sink.TaskContext
	request   wasihttp.Request
	format    string
	batchSize int
	// Where to go on in each partition: a put that failed half way is repeated as a whole.
	next map[connect.TopicPartition]int64
}

func (t *task) Start(context sink.TaskContext, config connect.Config) error {
	parsed, err := configDef.Parse(config)
	if err != nil {
		return err
	}
	headers, err := parseHeaders(parsed.List("headers"))
	if err != nil {
		return connect.ConfigErrorf("Invalid value for configuration headers: %w", err)
	}
	if parsed.Has("authorization") {
		headers = append(headers, wasihttp.Header{Name: "Authorization", Value: parsed.String("authorization")})
	}
	t.context, t.format, t.batchSize = context, parsed.String("format"), int(parsed.Int("batch.size"))
	if t.format == formatRaw && t.batchSize != 1 {
		return connect.ConfigErrorf("the format raw has one record in a request, batch.size is %d", t.batchSize)
	}
	t.request = wasihttp.Request{
		Method: parsed.String("method"), URL: parsed.String("url"), Headers: withContentType(headers, t.format),
		Timeout: time.Duration(parsed.Int("timeout.ms")) * time.Millisecond,
	}
	t.next = map[connect.TopicPartition]int64{}
	return nil
}

// parseHeaders reads `Name: value` each.
func parseHeaders(texts []string) ([]wasihttp.Header, error) {
	var headers []wasihttp.Header
	for _, text := range texts {
		if strings.TrimSpace(text) == "" {
			continue
		}
		name, value, found := strings.Cut(text, ":")
		if name = strings.TrimSpace(name); !found || name == "" || strings.ContainsAny(name, " \t\r\n") {
			return nil, connect.ConfigErrorf("%q is no header: write Name: value", text)
		}
		headers = append(headers, wasihttp.Header{Name: name, Value: strings.TrimSpace(value)})
	}
	return headers, nil
}

func withContentType(headers []wasihttp.Header, format string) []wasihttp.Header {
	for _, header := range headers {
		if strings.EqualFold(header.Name, "Content-Type") {
			return headers
		}
	}
	of := map[string]string{formatRaw: "application/octet-stream", formatLines: "application/x-ndjson"}[format]
	if of == "" {
		of = "application/json"
	}
	return append(headers, wasihttp.Header{Name: "Content-Type", Value: of})
}

// Open forgets how far partitions were: they are delivered from their committed offsets on.
func (t *task) Open(partitions []connect.TopicPartition) ([]connect.PartitionOffset, error) {
	for _, partition := range partitions {
		delete(t.next, partition)
	}
	return nil, nil
}

func (t *task) Put(records *batch.Batch) ([]sink.RecordError, error) {
	var refused []sink.RecordError
	body := body{format: t.format}
	send := func() error {
		errors, err := t.send(&body)
		refused = append(refused, errors...)
		return err
	}
	for record := range records.All() {
		if next, sent := t.next[origin(record)]; sent && record.Offset() < next {
			continue
		}
		if err := body.add(record); err != nil {
			refused = append(refused, sink.RecordError{Index: record.Position(), Message: err.Error()})
			continue
		}
		if len(body.records) == t.batchSize {
			if err := send(); err != nil {
				return nil, err
			}
		}
	}
	if len(body.records) > 0 {
		if err := send(); err != nil {
			return nil, err
		}
	}
	// The whole put was taken: what is delivered from here on is not a repetition.
	clear(t.next)
	return refused, nil
}

func origin(record batch.Record) connect.TopicPartition {
	return connect.TopicPartition{Topic: record.OriginalTopic(), Partition: record.OriginalPartition()}
}

// send sends what was gathered and empties it. The server's refusal is one of the records; an error is for the whole put.
func (t *task) send(body *body) ([]sink.RecordError, error) {
	request := t.request
	request.Body = body.finish()
	if t.batchSize == 1 {
		record := body.records[0]
		request.Headers = append(request.Headers[:len(request.Headers):len(request.Headers)],
			wasihttp.Header{Name: "Kafka-Topic", Value: record.OriginalTopic()},
			wasihttp.Header{Name: "Kafka-Partition", Value: strconv.Itoa(int(record.OriginalPartition()))},
			wasihttp.Header{Name: "Kafka-Offset", Value: strconv.FormatInt(record.Offset(), 10)})
	}
	began := time.Now()
	response, err := wasihttp.Do(&request)
	if wasihttp.IsDenied(err) {
		return nil, err
	}
	if err != nil {
		return nil, connect.Retriable(err)
	}
	connect.Observe("webhook_request_seconds", time.Since(began).Seconds())
	if isBusy(response.Status) {
		if wait, err := strconv.Atoi(response.Header("Retry-After")); err == nil && wait >= 0 {
			t.context.Timeout(time.Duration(wait) * time.Second)
		}
		return nil, connect.Retriablef("the server answered %d: %s", response.Status, shown(response.Body))
	}
	var refused []sink.RecordError
	if response.Status < 200 || response.Status >= 300 {
		slog.Warn("The server refused records", "status", response.Status, "records", len(body.records), "answer", shown(response.Body))
		for _, record := range body.records {
			refused = append(refused, sink.RecordError{
				Index: record.Position(), Message: "the server answered " + strconv.Itoa(response.Status) + ": " + shown(response.Body),
			})
		}
	}
	for _, record := range body.records {
		t.next[origin(record)] = record.Offset() + 1
	}
	body.reset()
	return refused, nil
}

// isBusy says whether the same request may be taken later.
func isBusy(status int) bool { return status == 408 || status == 425 || status == 429 || status >= 500 }

func shown(answer []byte) string {
	if len(answer) > shownBytes {
		return strings.ToValidUTF8(string(answer[:shownBytes]), "") + "…"
	}
	return strings.ToValidUTF8(string(answer), "")
}
