package connecttest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/connecttest"
	"github.com/wasm-connect/wasm-connect/sdk/go/source"
)

// counter brings one number a poll and goes on from its committed offset.
type counter struct {
	route *source.Route
	next  int64
}

func (c *counter) Start(context source.TaskContext, config connect.Config) error {
	partition := connect.Of("counter", config["name"])
	offset, _, err := context.Offset(partition)
	c.next, _ = offset.Int("next")
	c.route = source.NewRoute("numbers", partition)
	return err
}

func (c *counter) Poll(records *source.Records) (time.Duration, error) {
	c.next++
	return time.Second, records.Add(c.route, source.Record{Value: c.next, SourceOffset: connect.NewNumberOffset("next").Of(c.next)})
}

func TestATaskGoesOnFromItsOffset(t *testing.T) {
	worker := connecttest.NewWorker(t)
	worker.CommitOffset(connect.Of("counter", "mine"), connect.Of("next", 41))
	task := connecttest.StartSource(t, &counter{}, connect.Config{"name": "mine"})
	polled := connecttest.Poll(t, task, source.Limits{})
	if values := fmt.Sprint(polled.Values(t)); values != "[42]" || polled.Idle != time.Second {
		t.Error(values, polled.Idle)
	}
	if offset := polled.Records[0].SourceOffset(); offset != `{"next":42}` {
		t.Error(offset)
	}
}
