//go:build wasip1

package sink

import (
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
	return nil, connect.ConfigErrorf("this component has no sink %s", name)
}

//go:wasmexport kafka:connect/sink-connector@0.1.0#start
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

//go:wasmexport kafka:connect/sink-connector@0.1.0#task-configs
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

//go:wasmexport kafka:connect/sink-connector@0.1.0#monitor
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

//go:wasmexport kafka:connect/sink-connector@0.1.0#stop
func connectorStop() { guest.Stop() }

//go:wasmexport kafka:connect/sink-connector@0.1.0#alter-offsets
func alterOffsets(classAt, classSize, configAt, configCount, offsetsAt, offsetsCount uint32) uint32 {
	return abi.Call(func(result abi.Area) error {
		class, err := find(abi.String(classAt, classSize))
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
	return abi.Call(func(abi.Area) error {
		class, err := find(abi.String(classAt, classSize))
		if err != nil {
			return err
		}
		task := class.NewTask()
		return guest.Start(class.Name, task, func() error {
			return task.Start(TaskContext{}, abi.Config(configAt, configCount))
		})
	})
}

//go:wasmexport kafka:connect/sink-task@0.1.0#open
func open(at, count uint32) uint32 {
	return abi.Call(func(result abi.Area) error {
		task, err := guest.Running[Task]("open")
		if err != nil {
			return err
		}
		var offsets []connect.PartitionOffset
		if opener, is := task.(Opener); is {
			offsets, err = opener.Open(abi.TopicPartitions(at, count))
		}
		result.PutPartitionOffsets(4, offsets)
		return err
	})
}

//go:wasmexport kafka:connect/sink-task@0.1.0#put
func put(at, size uint32) uint32 {
	return abi.Call(func(result abi.Area) error {
		task, err := guest.Running[Task]("put")
		if err != nil {
			return err
		}
		records, err := batch.Read(abi.Bytes(at, size), batch.DefaultLimits)
		if err != nil {
			return err
		}
		refused, err := task.Put(records)
		next := result.List(4, len(refused), 12)
		for _, of := range refused {
			item := next()
			item.U32(0, uint32(of.Index))
			item.String(4, of.Message)
		}
		return err
	})
}

//go:wasmexport kafka:connect/sink-task@0.1.0#pre-commit
func preCommit(at, count uint32) uint32 {
	return abi.Call(func(result abi.Area) error {
		task, err := guest.Running[Task]("pre-commit")
		if err != nil {
			return err
		}
		safe, err := PreCommit(task, abi.PartitionOffsets(at, count))
		result.PutPartitionOffsets(4, safe)
		return err
	})
}

//go:wasmexport kafka:connect/sink-task@0.1.0#close
func closePartitions(at, count uint32) uint32 {
	return abi.Call(func(abi.Area) error {
		task, err := guest.Running[Task]("close")
		if err != nil {
			return err
		}
		if closer, is := task.(Closer); is {
			return closer.Close(abi.TopicPartitions(at, count))
		}
		return nil
	})
}

//go:wasmexport kafka:connect/sink-task@0.1.0#stop
func taskStop() { guest.Stop() }
