//go:build wasip1

package guest

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/abi"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/host"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/registry"
)

// running is what this instance was started as.
var running any

// Begun is how a class and its configuration become something that runs.
type Begun[C any] func(class *C, config connect.Config, answer abi.Area) (any, error)

// Start runs an export that starts this instance, which the first success decides.
func Start[C any](classes registry.Classes[C], classAt, classSize, configAt, configCount uint32, begin Begun[C]) uint32 {
	return abi.Call(func(answer abi.Area) error {
		name := abi.String(classAt, classSize)
		class, err := classes.Find(name)
		if err != nil {
			return err
		}
		if running != nil {
			return fmt.Errorf("start: this instance is started already")
		}
		connect.SetClass(name)
		begun, err := begin(class, abi.Config(configAt, configCount), answer)
		if err == nil {
			running = begun
		}
		return err
	})
}

// Call runs an export that is for what this instance was started as.
func Call[T any](name string, do func(running T, answer abi.Area) error) uint32 {
	return abi.Call(func(answer abi.Area) error {
		started, is := running.(T)
		if !is {
			return fmt.Errorf("%s: this instance was not started as what that is for", name)
		}
		return do(started, answer)
	})
}

// Stop stops what there is. Nothing to stop is no error: the start may have failed.
func Stop() {
	abi.Run(func() {
		stopped := running
		running = nil
		switch stopped := stopped.(type) {
		case connect.Stopper:
			stopped.Stop()
		case io.Closer:
			if err := stopped.Close(); err != nil {
				slog.Warn("could not be closed", "error", err)
			}
		}
	})
}

// === what connectors of both kinds answer alike

// TaskConfigs is the export of that name.
func TaskConfigs(maxTasks uint32) uint32 {
	type connector interface {
		TaskConfigs(maxTasks int) ([]connect.Config, error)
	}
	return Call("task-configs", func(connector connector, answer abi.Area) error {
		configs, err := connector.TaskConfigs(int(maxTasks))
		next := answer.List(4, len(configs), 8)
		for _, config := range configs {
			next().Config(0, config)
		}
		return err
	})
}

// Monitor is the export of that name.
func Monitor() uint32 {
	return Call("monitor", func(connector any, answer abi.Area) error {
		if monitor, is := connector.(interface{ Monitor() (time.Duration, error) }); is {
			again, err := monitor.Monitor()
			answer.Bool(4, again > 0)
			answer.U32(8, host.Milliseconds(again))
			return err
		}
		return nil
	})
}
