// Go-guests are plugins for tests: a source that fails, one that makes garbage while the worker allocates in its memory, and stages.
package main

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/data"
	"github.com/wasm-connect/wasm-connect/sdk/go/source"
)

var configDef = connect.ConfigDef{
	{Name: "topic", Type: connect.TypeString, Default: "guests"},
	{Name: "kind", Type: connect.TypeString, Default: "panic"},
	{Name: "records", Type: connect.TypeInt, Default: 1000},
	{Name: "file", Type: connect.TypeString, Grants: []connect.Grant{connect.WriteFile}},
}

func init() {
	for name, newTask := range map[string]func() source.Task{
		"Fails":   func() source.Task { return &fails{} },
		"Garbage": func() source.Task { return &garbage{} },
	} {
		source.Export(source.Class{
			Name: "tests.go." + name, TaskClass: "tests.go." + name + "Task", Version: "1.0.0", ConfigDef: configDef, NewTask: newTask,
		})
	}
}

func main() {}

// fails fails in poll as kind says, after a retriable error.
type fails struct {
	config *connect.ParsedConfig
	polls  int
}

func (f *fails) Start(_ source.TaskContext, config connect.Config) (err error) {
	f.config, err = configDef.Parse(config)
	return err
}

func (f *fails) Poll(*source.Records) (time.Duration, error) {
	if f.polls++; f.polls == 1 {
		return 0, connect.Retriablef("not yet")
	}
	slog.Warn("about to fail", "kind", f.config.String("kind"))
	switch f.config.String("kind") {
	case "fatal":
		return 0, fmt.Errorf("fatal on purpose")
	case "nil":
		var nobody *fails
		return time.Duration(nobody.polls), nil
	case "exit":
		os.Exit(3)
	case "deadlock":
		<-make(chan struct{})
	case "memory":
		var hoard [][]byte
		for {
			hoard = append(hoard, make([]byte, 1<<20))
			hoard[len(hoard)-1][0] = 1
		}
	case "file":
		return time.Minute, os.WriteFile(f.config.String("file"), []byte("written"), 0o600)
	}
	panic("on purpose")
}

// garbage makes many times its memory of garbage, in polls and in answers of the worker, and looks whether all is as it should be.
type garbage struct {
	context source.TaskContext
	route   *source.Route
	left    int64
	next    int64
}

var row = data.BuildStruct().Field("id", data.Int64).Field("text", data.String).Field("list", data.BuildArray(data.String).Must()).Must()

func (g *garbage) Start(context source.TaskContext, config connect.Config) error {
	parsed, err := configDef.Parse(config)
	if err != nil {
		return err
	}
	g.context, g.left = context, parsed.Int("records")
	g.route = source.NewRoute(parsed.String("topic"), connect.Of("garbage", "it"))
	return nil
}

func (g *garbage) Poll(records *source.Records) (time.Duration, error) {
	partitions := make([]connect.ScalarMap, 500)
	for i := range partitions {
		partitions[i] = connect.Of("garbage", "it")
	}
	offsets, err := g.context.Offsets(partitions...)
	if err != nil {
		return 0, err
	}
	for _, offset := range offsets {
		if offset == nil || offsets[0] == nil {
			if offset != offsets[0] {
				return 0, fmt.Errorf("one of 500 answers is another one")
			}
		} else if offset.String() != offsets[0].String() || strings.Trim(offset.String(), `{}"id:0123456789`) != "" {
			return 0, fmt.Errorf("the answer is %s", offset)
		}
	}
	records.Limits.MaxRecords = min(records.Limits.MaxRecords, 5000)
	for ; g.left > 0 && !records.IsFull(); g.left-- {
		text := fmt.Sprintf("record %d of many", g.next)
		value := data.NewStruct(row).Put("id", g.next).Put("text", text).Put("list", []any{text, strings.Repeat("x", 50)})
		if err := records.Add(g.route, source.Record{Value: value, SourceOffset: connect.NewNumberOffset("id").Of(g.next)}); err != nil {
			return 0, err
		}
		g.next++
	}
	if g.left == 0 {
		return time.Second, nil
	}
	return 0, nil
}
