//go:build wasip1

package sink

import (
	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/abi"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/guest"
)

//go:wasmexport kafka:connect/sink-connector@0.1.0#start
func connectorStart(classAt, classSize, configAt, configCount uint32) uint32 {
	return guest.Start(classes, classAt, classSize, configAt, configCount,
		func(class *Class, config connect.Config, _ abi.Area) (any, error) {
			connector := class.NewConnector()
			return connector, connector.Start(ConnectorContext{}, config)
		})
}

//go:wasmexport kafka:connect/sink-connector@0.1.0#task-configs
func taskConfigs(maxTasks uint32) uint32 { return guest.TaskConfigs(maxTasks) }

//go:wasmexport kafka:connect/sink-connector@0.1.0#monitor
func monitor() uint32 { return guest.Monitor() }

//go:wasmexport kafka:connect/sink-connector@0.1.0#stop
func connectorStop() { guest.Stop() }

//go:wasmexport kafka:connect/sink-connector@0.1.0#alter-offsets
func alterOffsets(classAt, classSize, configAt, configCount, offsetsAt, offsetsCount uint32) uint32 {
	return abi.Call(func(result abi.Area) error {
		class, err := classes.Find(abi.String(classAt, classSize))
		if err != nil {
			return err
		}
		may := true
		if class.AlterOffsets != nil {
			var changes []OffsetChange
			for of := range abi.List(offsetsAt, offsetsCount, 32) {
				change := OffsetChange{TopicPartition: connect.TopicPartition{Topic: of.String(0), Partition: int32(of.U32(8))}}
				if of.U8(16) == 1 {
					offset := of.S64(24)
					change.Offset = &offset
				}
				changes = append(changes, change)
			}
			may, err = class.AlterOffsets(abi.Config(configAt, configCount), changes)
		}
		result.Bool(4, may)
		return err
	})
}

//go:wasmexport kafka:connect/sink-task@0.1.0#start
func taskStart(classAt, classSize, configAt, configCount uint32) uint32 {
	return guest.Start(classes, classAt, classSize, configAt, configCount,
		func(class *Class, config connect.Config, _ abi.Area) (any, error) {
			task := class.NewTask()
			return task, task.Start(TaskContext{}, config)
		})
}

//go:wasmexport kafka:connect/sink-task@0.1.0#open
func open(at, count uint32) uint32 {
	return guest.Call("open", func(task Task, result abi.Area) error {
		var offsets []connect.PartitionOffset
		var err error
		if opener, is := task.(Opener); is {
			offsets, err = opener.Open(abi.TopicPartitions(at, count))
		}
		result.PutPartitionOffsets(4, offsets)
		return err
	})
}

//go:wasmexport kafka:connect/sink-task@0.1.0#put
func put(at, size uint32) uint32 {
	return guest.Call("put", func(task Task, result abi.Area) error {
		records, err := batch.Read(abi.Bytes(at, size), batch.DefaultLimits)
		if err != nil {
			return err
		}
		refused, err := task.Put(records)
		result.PutRecordErrors(4, refused)
		return err
	})
}

//go:wasmexport kafka:connect/sink-task@0.1.0#pre-commit
func preCommit(at, count uint32) uint32 {
	return guest.Call("pre-commit", func(task Task, result abi.Area) error {
		safe, err := PreCommit(task, abi.PartitionOffsets(at, count))
		result.PutPartitionOffsets(4, safe)
		return err
	})
}

//go:wasmexport kafka:connect/sink-task@0.1.0#close
func closePartitions(at, count uint32) uint32 {
	return guest.Call("close", func(task Task, _ abi.Area) error {
		if closer, is := task.(Closer); is {
			return closer.Close(abi.TopicPartitions(at, count))
		}
		return nil
	})
}

//go:wasmexport kafka:connect/sink-task@0.1.0#stop
func taskStop() { guest.Stop() }
