//go:build wasip1

package source

import (
	"time"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/abi"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/guest"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/host"
)

//go:wasmexport kafka:connect/source-connector@0.1.0#start
func connectorStart(classAt, classSize, configAt, configCount uint32) uint32 {
	return guest.Start(classes, classAt, classSize, configAt, configCount,
		func(class *Class, config connect.Config, _ abi.Area) (any, error) {
			connector := class.NewConnector()
			return connector, connector.Start(ConnectorContext{}, config)
		})
}

//go:wasmexport kafka:connect/source-connector@0.1.0#task-configs
func taskConfigs(maxTasks uint32) uint32 { return guest.TaskConfigs(maxTasks) }

//go:wasmexport kafka:connect/source-connector@0.1.0#monitor
func monitor() uint32 { return guest.Monitor() }

//go:wasmexport kafka:connect/source-connector@0.1.0#stop
func connectorStop() { guest.Stop() }

//go:wasmexport kafka:connect/source-connector@0.1.0#exactly-once-support
func exactlyOnceSupport(classAt, classSize, configAt, configCount uint32) uint32 {
	answer := Unknown
	abi.Run(func() {
		if class, err := classes.Find(abi.String(classAt, classSize)); err == nil && class.ExactlyOnceSupport != nil {
			answer = class.ExactlyOnceSupport(abi.Config(configAt, configCount))
		}
	})
	return uint32(answer)
}

//go:wasmexport kafka:connect/source-connector@0.1.0#can-define-transaction-boundaries
func canDefineTransactionBoundaries(classAt, classSize, configAt, configCount uint32) bool {
	answer := false
	abi.Run(func() {
		if class, err := classes.Find(abi.String(classAt, classSize)); err == nil && class.CanDefineTransactionBoundaries != nil {
			answer = class.CanDefineTransactionBoundaries(abi.Config(configAt, configCount))
		}
	})
	return answer
}

//go:wasmexport kafka:connect/source-connector@0.1.0#alter-offsets
func alterOffsets(classAt, classSize, configAt, configCount, offsetsAt, offsetsCount uint32) uint32 {
	return abi.Call(func(result abi.Area) error {
		class, err := classes.Find(abi.String(classAt, classSize))
		if err != nil || class.AlterOffsets == nil {
			return err
		}
		var changes []OffsetChange
		for of := range abi.List(offsetsAt, offsetsCount, 20) {
			partition, err := connect.ParseScalarMap(of.String(0))
			if err != nil {
				return connect.ConfigErrorf("cannot read %s: %w", of.String(0), err)
			}
			change := OffsetChange{Partition: partition}
			if of.U8(8) == 1 {
				offset, err := connect.ParseScalarMap(of.String(12))
				if err != nil {
					return connect.ConfigErrorf("cannot read %s: %w", of.String(12), err)
				}
				change.Offset = &offset
			}
			changes = append(changes, change)
		}
		may, err := class.AlterOffsets(abi.Config(configAt, configCount), changes)
		result.Bool(4, may)
		return err
	})
}

//go:wasmexport kafka:connect/source-task@0.1.0#start
func taskStart(classAt, classSize, configAt, configCount uint32) uint32 {
	return guest.Start(classes, classAt, classSize, configAt, configCount,
		func(class *Class, config connect.Config, answer abi.Area) (any, error) {
			task := class.NewTask()
			_, acknowledged := task.(Acknowledged)
			_, committed := task.(Committed)
			answer.Bool(4, acknowledged)
			answer.Bool(5, committed)
			return task, task.Start(TaskContext{}, config)
		})
}

var (
	// idleAfter is what a poll that brought records said beside them.
	idleAfter time.Duration
	// The last batch, whose memory is free when the next call comes.
	last []byte
)

//go:wasmexport kafka:connect/source-task@0.1.0#poll
func poll(maxRecords, maxBytes, maxWaitMs uint32) uint32 {
	return guest.Call("poll", func(task Task, result abi.Area) error {
		idle := idleAfter
		idleAfter = 0
		if idle == 0 {
			limits := Limits{int(maxRecords), int(maxBytes), time.Duration(maxWaitMs) * time.Millisecond}
			records := &Records{Limits: limits, writer: batch.NewWriterIn(last)}
			var err error
			if idle, err = task.Poll(records); err != nil {
				return err
			}
			if records.Len() > 0 {
				idleAfter, last = idle, records.Finish()
				result.Bytes(8, last)
				return nil
			}
		}
		result.U8(4, 1)
		result.U32(8, host.Milliseconds(idle))
		return nil
	})
}

//go:wasmexport kafka:connect/source-task@0.1.0#acknowledged
func acknowledged(at, size uint32) uint32 {
	return guest.Call("acknowledged", func(task Acknowledged, _ abi.Area) error {
		acks, err := batch.ReadAcks(abi.Bytes(at, size), batch.DefaultLimits)
		if err != nil {
			return err
		}
		return task.Acknowledged(acks)
	})
}

//go:wasmexport kafka:connect/source-task@0.1.0#commit
func commit() uint32 {
	return guest.Call("commit", func(task Committed, _ abi.Area) error {
		return task.Commit()
	})
}

//go:wasmexport kafka:connect/source-task@0.1.0#stop
func taskStop() {
	idleAfter = 0
	guest.Stop()
}
