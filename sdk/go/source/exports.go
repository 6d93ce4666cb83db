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

func find(name string) (*Class, error) {
	if class, found := classes[name]; found {
		return class, nil
	}
	return nil, connect.ConfigErrorf("this component has no source %s", name)
}

//go:wasmexport kafka:connect/source-connector@0.1.0#start
func connectorStart(classAt, classSize, configAt, configCount uint32) uint32 {
	return abi.Call(func(abi.Area) error {
		class, err := find(abi.String(classAt, classSize))
		if err != nil {
			return err
		}
		connector := class.NewConnector()
		return guest.Start(class.Name, connector, func() error {
			return connector.Start(ConnectorContext{}, abi.Config(configAt, configCount))
		})
	})
}

//go:wasmexport kafka:connect/source-connector@0.1.0#task-configs
func taskConfigs(maxTasks uint32) uint32 {
	return abi.Call(func(result abi.Area) error {
		connector, err := guest.Running[Connector]("task-configs")
		if err != nil {
			return err
		}
		configs, err := connector.TaskConfigs(int(maxTasks))
		next := result.List(4, len(configs), 8)
		for _, config := range configs {
			next().Config(0, config)
		}
		return err
	})
}

//go:wasmexport kafka:connect/source-connector@0.1.0#monitor
func monitor() uint32 {
	return abi.Call(func(result abi.Area) error {
		connector, err := guest.Running[Connector]("monitor")
		if err != nil {
			return err
		}
		if monitor, is := connector.(Monitor); is {
			again, err := monitor.Monitor()
			result.Bool(4, again > 0)
			result.U32(8, host.Milliseconds(again))
			return err
		}
		return nil
	})
}

//go:wasmexport kafka:connect/source-connector@0.1.0#stop
func connectorStop() { guest.Stop() }

//go:wasmexport kafka:connect/source-connector@0.1.0#exactly-once-support
func exactlyOnceSupport(classAt, classSize, configAt, configCount uint32) uint32 {
	answer := Unknown
	abi.Run(func() {
		if class, err := find(abi.String(classAt, classSize)); err == nil && class.ExactlyOnceSupport != nil {
			answer = class.ExactlyOnceSupport(abi.Config(configAt, configCount))
		}
	})
	return uint32(answer)
}

//go:wasmexport kafka:connect/source-connector@0.1.0#can-define-transaction-boundaries
func canDefineTransactionBoundaries(classAt, classSize, configAt, configCount uint32) bool {
	answer := false
	abi.Run(func() {
		if class, err := find(abi.String(classAt, classSize)); err == nil && class.CanDefineTransactionBoundaries != nil {
			answer = class.CanDefineTransactionBoundaries(abi.Config(configAt, configCount))
		}
	})
	return answer
}

//go:wasmexport kafka:connect/source-connector@0.1.0#alter-offsets
func alterOffsets(classAt, classSize, configAt, configCount, offsetsAt, offsetsCount uint32) uint32 {
	return abi.Call(func(result abi.Area) error {
		class, err := find(abi.String(classAt, classSize))
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
	return abi.Call(func(result abi.Area) error {
		class, err := find(abi.String(classAt, classSize))
		if err != nil {
			return err
		}
		task := class.NewTask()
		_, acknowledged := task.(Acknowledged)
		_, committed := task.(Committed)
		result.Bool(4, acknowledged)
		result.Bool(5, committed)
		return guest.Start(class.Name, task, func() error {
			return task.Start(TaskContext{}, abi.Config(configAt, configCount))
		})
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
	return abi.Call(func(result abi.Area) error {
		task, err := guest.Running[Task]("poll")
		if err != nil {
			return err
		}
		idle := idleAfter
		idleAfter = 0
		if idle == 0 {
			limits := Limits{int(maxRecords), int(maxBytes), time.Duration(maxWaitMs) * time.Millisecond}
			records := &Records{Limits: limits, writer: batch.NewWriterIn(last)}
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
	return abi.Call(func(abi.Area) error {
		task, err := guest.Running[Acknowledged]("acknowledged")
		if err != nil {
			return err
		}
		acks, err := batch.ReadAcks(abi.Bytes(at, size), batch.DefaultLimits)
		if err != nil {
			return err
		}
		return task.Acknowledged(acks)
	})
}

//go:wasmexport kafka:connect/source-task@0.1.0#commit
func commit() uint32 {
	return abi.Call(func(abi.Area) error {
		task, err := guest.Running[Committed]("commit")
		if err != nil {
			return err
		}
		return task.Commit()
	})
}

//go:wasmexport kafka:connect/source-task@0.1.0#stop
func taskStop() {
	idleAfter = 0
	guest.Stop()
}
