//go:build wasip1

// Package guest is the component's side of what all plugins have in common: the interface plugin, and the worker by its imports.
package guest

import (
	"log/slog"
	"time"
	"unsafe"

	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/abi"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/host"
)

func init() {
	host.Current = worker{}
	slog.SetDefault(slog.New(&connect.LogHandler{}))
}

//go:wasmimport kafka:connect/logging@0.1.0 enabled
func loggingEnabled(level uint32) bool

//go:wasmimport kafka:connect/logging@0.1.0 log
func loggingLog(level uint32, target string, message string)

//go:wasmimport kafka:connect/metrics@0.1.0 add
func metricsAdd(counter string, labels unsafe.Pointer, count uint32, delta uint64)

//go:wasmimport kafka:connect/metrics@0.1.0 set
func metricsSet(gauge string, labels unsafe.Pointer, count uint32, value float64)

//go:wasmimport kafka:connect/metrics@0.1.0 observe
func metricsObserve(histogram string, labels unsafe.Pointer, count uint32, value float64)

//go:wasmimport kafka:connect/connector-context@0.1.0 request-task-reconfiguration
func requestTaskReconfiguration()

//go:wasmimport kafka:connect/connector-context@0.1.0 raise-error
func raiseError(message string)

//go:wasmimport kafka:connect/task-context@0.1.0 sleep
func taskSleep(milliseconds uint32) bool

//go:wasmimport kafka:connect/task-context@0.1.0 stopping
func taskStopping() bool

//go:wasmimport kafka:connect/offset-reader@0.1.0 offsets
func offsetReaderOffsets(partitions unsafe.Pointer, count uint32, result unsafe.Pointer)

//go:wasmimport kafka:connect/sink-context@0.1.0 assignment
func sinkAssignment(result unsafe.Pointer)

//go:wasmimport kafka:connect/sink-context@0.1.0 rewind
func sinkRewind(offsets unsafe.Pointer, count uint32, result unsafe.Pointer)

//go:wasmimport kafka:connect/sink-context@0.1.0 pause
func sinkPause(partitions unsafe.Pointer, count uint32, result unsafe.Pointer)

//go:wasmimport kafka:connect/sink-context@0.1.0 resume
func sinkResume(partitions unsafe.Pointer, count uint32, result unsafe.Pointer)

//go:wasmimport kafka:connect/sink-context@0.1.0 timeout
func sinkTimeout(milliseconds uint32)

//go:wasmimport kafka:connect/sink-context@0.1.0 request-commit
func sinkRequestCommit()

//go:wasmimport kafka:connect/sink-context@0.1.0 report-errant-record
func sinkReportErrantRecord(topic string, partition int32, offset int64, message string, result unsafe.Pointer)

// worker is the worker, by the component's imports. The linker leaves out what a plugin never calls, and its import with it.
type worker struct{}

func (worker) LogEnabled(level host.Level) bool { return loggingEnabled(uint32(level)) }

func (worker) Log(level host.Level, target, message string) {
	loggingLog(uint32(level), target, abi.Readable(message))
}

func labels(of []host.Label) abi.Area {
	list := abi.NewArea(16 * len(of))
	for i, label := range of {
		list.String(16*i, label.Name)
		list.String(16*i+8, label.Value)
	}
	return list
}

func (worker) Add(counter string, of []host.Label, delta uint64) {
	metricsAdd(counter, labels(of).Pointer(), uint32(len(of)), delta)
}

func (worker) Set(gauge string, of []host.Label, value float64) {
	metricsSet(gauge, labels(of).Pointer(), uint32(len(of)), value)
}

func (worker) Observe(histogram string, of []host.Label, value float64) {
	metricsObserve(histogram, labels(of).Pointer(), uint32(len(of)), value)
}

func (worker) RequestTaskReconfiguration() { requestTaskReconfiguration() }

func (worker) RaiseError(message string) { raiseError(abi.Readable(message)) }

func (worker) Sleep(duration time.Duration) bool { return taskSleep(host.Milliseconds(duration)) }

func (worker) Stopping() bool { return taskStopping() }

func (worker) Offsets(partitions []string) ([]*string, error) {
	list := abi.NewArea(8 * len(partitions))
	for i, partition := range partitions {
		list.String(8*i, partition)
	}
	result := abi.NewArea(16)
	abi.Answering(func() { offsetReaderOffsets(list.Pointer(), uint32(len(partitions)), result.Pointer()) })
	if err := result.Error(); err != nil {
		return nil, err
	}
	offsets := make([]*string, 0, len(partitions))
	for of := range abi.View(result).List(4, 12) {
		var offset *string
		if of.U8(0) == 1 {
			text := of.String(4)
			offset = &text
		}
		offsets = append(offsets, offset)
	}
	return offsets, nil
}

func (worker) Assignment() []host.TopicPartition {
	result := abi.NewArea(8)
	abi.Answering(func() { sinkAssignment(result.Pointer()) })
	return abi.TopicPartitions(abi.View(result).U32(0), abi.View(result).U32(4))
}

func (worker) Rewind(offsets []host.PartitionOffset) error {
	list, result := abi.NewArea(8), abi.NewArea(16)
	list.PutPartitionOffsets(0, offsets)
	abi.Answering(func() {
		sinkRewind(unsafe.Add(nil, abi.View(list).U32(0)), uint32(len(offsets)), result.Pointer())
	})
	return voided(result)
}

func (worker) Pause(partitions []host.TopicPartition) error {
	return ofPartitions(sinkPause, partitions)
}

func (worker) Resume(partitions []host.TopicPartition) error {
	return ofPartitions(sinkResume, partitions)
}

func ofPartitions(call func(unsafe.Pointer, uint32, unsafe.Pointer), partitions []host.TopicPartition) error {
	list, result := abi.NewArea(8), abi.NewArea(16)
	list.PutTopicPartitions(0, partitions)
	abi.Answering(func() {
		call(unsafe.Add(nil, abi.View(list).U32(0)), uint32(len(partitions)), result.Pointer())
	})
	return voided(result)
}

func voided(result abi.Area) error { return result.Error() }

func (worker) Timeout(duration time.Duration) { sinkTimeout(host.Milliseconds(duration)) }

func (worker) RequestCommit() { sinkRequestCommit() }

func (worker) ReportErrantRecord(of host.TopicPartition, offset int64, message string) error {
	result := abi.NewArea(16)
	abi.Answering(func() {
		sinkReportErrantRecord(of.Topic, of.Partition, offset, abi.Readable(message), result.Pointer())
	})
	return result.Error()
}
