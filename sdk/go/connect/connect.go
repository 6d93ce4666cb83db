// Package connect holds what sources and sinks have in common: configurations and their definitions, errors, source partitions and
// offsets, partition grouping, logging and metrics.
//
// A connector in Go is a main package that exports classes of package source or package sink in an init function; the worker's
// command makes a component of what the compiler writes:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o my-plugin.core.wasm .
//	wasm-connect plugins package my-plugin.core.wasm -o my-plugin.wasm
//
// The same code runs in ordinary tests, where package connecttest stands in for the worker.
package connect

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/wasm-connect/wasm-connect/sdk/go/internal/host"
)

// TopicPartition is a partition of a topic.
type TopicPartition = host.TopicPartition

// PartitionOffset is a place in a partition: Offset is that of the next record to be read, as everywhere in Kafka's consumer offsets.
type PartitionOffset = host.PartitionOffset

// GroupPartitions splits elements into so many runs in their order, as even as possible, the longer runs first
// (ConnectorUtils.groupPartitions). With more groups than elements the last groups are empty.
func GroupPartitions[T any](elements []T, groups int) [][]T {
	if groups <= 0 {
		return nil
	}
	runs := make([][]T, groups)
	each, left := len(elements)/groups, len(elements)%groups
	for group := range runs {
		size := each
		if group < left {
			size++
		}
		runs[group], elements = elements[:size:size], elements[size:]
	}
	return runs
}

// === logging

// LevelTrace is below slog's Debug, as the worker's log has it.
const LevelTrace = slog.LevelDebug - 4

// LogHandler hands records of log/slog to the worker, at the level that the worker keeps for the plugin. In a component it is the
// default logger's, so that slog.Info is a line of the worker's log with connector and task.
type LogHandler struct {
	// Target is the logger's name; empty: the class.
	Target string
	prefix string
	text   string
}

// Class is what a logger without a name of its own is called: the class that this instance was started as.
var class = "plugin"

// SetClass names the class that this instance was started as; for the SDK.
func SetClass(name string) { class = name }

func hostLevel(level slog.Level) host.Level {
	switch {
	case level < slog.LevelDebug:
		return host.Trace
	case level < slog.LevelInfo:
		return host.Debug
	case level < slog.LevelWarn:
		return host.Info
	case level < slog.LevelError:
		return host.Warn
	}
	return host.Error
}

// Enabled asks the worker.
func (h *LogHandler) Enabled(_ context.Context, level slog.Level) bool {
	return host.Current.LogEnabled(hostLevel(level))
}

// Handle is one line: the message and its attributes.
func (h *LogHandler) Handle(_ context.Context, record slog.Record) error {
	text := record.Message + h.text
	record.Attrs(func(attribute slog.Attr) bool {
		text += h.attribute(attribute)
		return true
	})
	target := h.Target
	if target == "" {
		target = class
	}
	host.Current.Log(hostLevel(record.Level), target, text)
	return nil
}

func (h *LogHandler) attribute(attribute slog.Attr) string {
	value := attribute.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		of := LogHandler{prefix: h.prefix + attribute.Key + "."}
		text := ""
		for _, inner := range value.Group() {
			text += of.attribute(inner)
		}
		return text
	}
	return fmt.Sprintf(" %s%s=%v", h.prefix, attribute.Key, value)
}

// WithAttrs is a handler that adds attributes.
func (h *LogHandler) WithAttrs(attributes []slog.Attr) slog.Handler {
	with := *h
	for _, attribute := range attributes {
		with.text += h.attribute(attribute)
	}
	return &with
}

// WithGroup is a handler whose attributes are in a group.
func (h *LogHandler) WithGroup(name string) slog.Handler {
	with := *h
	with.prefix += name + "."
	return &with
}

// === metrics

// Label is a label of a metric; the worker adds connector and task.
type Label = host.Label

// Count counts on (PluginMetrics).
func Count(counter string, delta uint64, labels ...Label) { host.Current.Add(counter, labels, delta) }

// Gauge says what is now.
func Gauge(gauge string, value float64, labels ...Label) { host.Current.Set(gauge, labels, value) }

// Observe adds one of many measurements.
func Observe(histogram string, value float64, labels ...Label) {
	host.Current.Observe(histogram, labels, value)
}

// Stopper is a connector or task that holds something to let go of. It is not used afterwards.
type Stopper interface{ Stop() }
