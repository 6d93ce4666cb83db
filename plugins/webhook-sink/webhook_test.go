package main

import (
	"encoding/json"
	"io"
	"math"
	"math/big"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/connecttest"
	"github.com/wasm-connect/wasm-connect/sdk/go/data"
	"github.com/wasm-connect/wasm-connect/sdk/go/sink"
)

// server notes requests and answers with the statuses one after the other, the last one for ever.
type server struct {
	*httptest.Server
	bodies   []string
	headers  []http.Header
	statuses []int
}

func newServer(t *testing.T, statuses ...int) *server {
	s := &server{statuses: statuses}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.bodies, s.headers = append(s.bodies, string(body)), append(s.headers, r.Header)
		status := s.statuses[0]
		if len(s.statuses) > 1 {
			s.statuses = s.statuses[1:]
		}
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, http.StatusText(status))
	}))
	t.Cleanup(s.Close)
	return s
}

func start(t *testing.T, s *server, more connect.Config) (sink.Task, *connecttest.Worker) {
	worker := connecttest.NewWorker(t)
	config := connect.Config{"url": s.URL + "/hook"}
	for name, value := range more {
		config[name] = value
	}
	return connecttest.StartSink(t, &task{}, config), worker
}

func expect(t *testing.T, what string, found, expected any) {
	t.Helper()
	if !reflect.DeepEqual(found, expected) {
		t.Errorf("%s:\nfound    %v\nexpected %v", what, found, expected)
	}
}

func TestRecordsGoInRequestsOfTheBatchSize(t *testing.T) {
	s := newServer(t, 200)
	task, _ := start(t, s, connect.Config{"batch.size": "2", "headers": "X-Team: data, X-Env: a:b", "authorization": "Bearer secret"})
	refused := connecttest.Put(t, task, connecttest.Texts("one", "two", "three")...)
	expect(t, "refused", len(refused), 0)
	expect(t, "bodies", s.bodies, []string{`["one","two"]`, `["three"]`})
	for name, value := range map[string]string{
		"X-Team": "data", "X-Env": "a:b", "Authorization": "Bearer secret", "Content-Type": "application/json",
	} {
		expect(t, name, s.headers[0].Get(name), value)
	}
	connecttest.Put(t, task)
	expect(t, "requests of an empty batch", len(s.bodies), 2)
}

func TestAPutThatFailedHalfWayIsNotSentTwice(t *testing.T) {
	s := newServer(t, 200, 503, 200)
	task, worker := start(t, s, connect.Config{"batch.size": "2"})
	records := connecttest.Batch(t, connecttest.Texts("one", "two", "three")...)
	_, err := task.Put(records)
	expect(t, "kind", connect.KindOf(err), connect.KindRetriable)
	if !strings.Contains(err.Error(), "503") {
		t.Error(err)
	}
	expect(t, "asked", worker.Requests, []connecttest.Request{{Name: "Timeout", Argument: 7 * time.Second}})
	if refused, err := task.Put(records); err != nil || refused != nil {
		t.Error(refused, err)
	}
	expect(t, "bodies", s.bodies, []string{`["one","two"]`, `["three"]`, `["three"]`})
}

func TestWhatIsRewoundIsSentAgain(t *testing.T) {
	s := newServer(t, 200)
	task, _ := start(t, s, nil)
	connecttest.Put(t, task, connecttest.Texts("one")...)
	connecttest.Put(t, task, connecttest.Texts("one")...)
	expect(t, "requests", len(s.bodies), 2)
}

func TestARefusalIsOneOfTheRecords(t *testing.T) {
	s := newServer(t, 422, 200)
	task, _ := start(t, s, connect.Config{"batch.size": "2"})
	refused := connecttest.Put(t, task, connecttest.Texts("one", "two", "three")...)
	why := "the server answered 422: Unprocessable Entity"
	expect(t, "refused", refused, []sink.RecordError{{Index: 0, Message: why}, {Index: 1, Message: why}})
}

func TestAServerThatIsAwayIsAskedAgain(t *testing.T) {
	s := newServer(t, 200)
	task, _ := start(t, s, nil)
	s.Close()
	_, err := task.Put(connecttest.Batch(t, connecttest.Texts("one")...))
	expect(t, "kind", connect.KindOf(err), connect.KindRetriable)
}

func TestValuesOfAllTypesAreJSON(t *testing.T) {
	s := newServer(t, 200)
	task, _ := start(t, s, connect.Config{"format": "envelope"})
	inner := data.BuildStruct().Field("price", data.Decimal(2)).Field("note", data.Build(data.TypeString).Default("none").Must()).Must()
	schema := data.BuildStruct().Field("b", data.Bytes).Field("f", data.Float64).Field("nan", data.Float32).
		Field("list", data.BuildArray(data.Int8).Must()).Field("map", data.BuildMap(data.String, data.Int64).Must()).
		Field("pairs", data.BuildMap(data.Int32, data.Boolean).Must()).Field("inner", inner).Must()
	value := data.NewStruct(schema).Put("b", []byte{1, 2}).Put("f", 0.5).Put("nan", float32(math.NaN())).
		Put("list", []any{int8(1), int8(-2)}).Put("map", data.Map{{Key: "a\"\n", Value: int64(1)}}).
		Put("pairs", data.Map{{Key: int32(1), Value: true}})
	nested := data.StructOf(inner, []any{data.FromUnscaled(big.NewInt(-1250)), nil})
	connecttest.Put(t, task, connecttest.SinkRecord{
		Topic: "t", Partition: 3, Key: "k", KeySchema: data.String, Value: value.Put("inner", nested), Timestamp: 1000,
		Headers: []batch.Header{{Name: "h", Value: int8(7), Schema: data.Int8}},
	})
	expected := `[{"topic":"t","partition":3,"offset":0,"timestamp":1000,"key":"k","headers":[["h",7]],"value":{"b":"AQI=","f":0.5,` +
		`"nan":null,"list":[1,-2],"map":{"a\"\n":1},"pairs":[[1,true]],"inner":{"price":-12.50,"note":"none"}}}]`
	expect(t, "bodies", s.bodies, []string{expected})
	if !json.Valid([]byte(expected)) {
		t.Error("that is no JSON")
	}
}

func TestOtherFormats(t *testing.T) {
	s := newServer(t, 200)
	lines, _ := start(t, s, connect.Config{"format": "lines"})
	connecttest.Put(t, lines, connecttest.Texts("one", "two")...)
	raw, _ := start(t, s, connect.Config{"format": "raw", "batch.size": "1"})
	refused := connecttest.Put(t, raw, connecttest.SinkRecord{Value: []byte{1}}, connecttest.SinkRecord{Value: int64(1)})
	expect(t, "bodies", s.bodies, []string{"\"one\"\n\"two\"\n", "\x01"})
	expect(t, "refused", refused, []sink.RecordError{{Index: 1, Message: "the format raw is for text and bytes, this is a INT64"}})
	expect(t, "offset", s.headers[1].Get("Kafka-Offset"), "0")
	expect(t, "types", []string{s.headers[0].Get("Content-Type"), s.headers[1].Get("Content-Type")},
		[]string{"application/x-ndjson", "application/octet-stream"})
}

func TestAConfigurationIsChecked(t *testing.T) {
	names := func(config connect.Config) []string {
		var names []string
		for _, value := range validate(config) {
			names = append(names, value.Name)
		}
		return names
	}
	expect(t, "good", names(connect.Config{"url": "http://h/x", "headers": "A: b"}), []string(nil))
	expect(t, "bad", names(connect.Config{"url": "ftp://h", "headers": "A b", "format": "raw"}), []string{"url", "headers", "batch.size"})
}
