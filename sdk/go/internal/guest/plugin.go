//go:build wasip1

package guest

import (
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/abi"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/registry"
)

//go:wasmexport kafka:connect/plugin@0.1.0#describe
func describe() uint32 {
	return abi.Answer(8, func(answer abi.Area) {
		classes := registry.All()
		next := answer.List(0, len(classes), 48)
		for _, class := range classes {
			item := next()
			item.String(0, class.Name)
			item.U8(8, uint8(class.Kind))
			item.Optional(12, class.TaskClass)
			item.String(24, class.Version)
			item.String(32, class.Documentation)
		}
	})
}

// found is the class, which describe has named; these calls have no error to answer.
func found(name string) *registry.Class {
	class, err := registry.Find(name)
	if err != nil {
		panic(err)
	}
	return class
}

//go:wasmexport kafka:connect/plugin@0.1.0#config-def
func configDef(classAt, classSize uint32) uint32 {
	return abi.Answer(8, func(answer abi.Area) {
		keys := found(abi.String(classAt, classSize)).ConfigDef
		next := answer.List(0, len(keys), 96)
		for i := range keys {
			putKey(next(), &keys[i])
		}
	})
}

func putKey(to abi.Area, key *connect.ConfigKey) {
	to.String(0, key.Name)
	to.U8(8, uint8(key.Type))
	if text, there := key.DefaultText(); there {
		to.U8(12, 1)
		to.String(16, text)
	}
	to.Bool(24, key.Required)
	to.U8(25, map[connect.Importance]uint8{connect.ImportanceHigh: 0, connect.ImportanceMedium: 1, connect.ImportanceLow: 2}[key.Importance])
	to.String(28, key.Doc)
	to.Optional(36, key.Group)
	order := key.OrderInGroup
	if order == 0 {
		order = -1
	}
	to.U32(48, uint32(order))
	to.U8(52, uint8(key.Width))
	display := key.DisplayName
	if display == "" {
		display = key.Name
	}
	to.String(56, display)
	to.Strings(64, key.Dependents)
	next := to.List(72, len(key.Grants), 20)
	for _, grant := range key.Grants {
		item := next()
		item.U8(0, uint8(grant.Kind))
		item.Optional(4, grant.PortKey)
		item.Bool(16, grant.DefaultPort != 0)
		item.U16(18, grant.DefaultPort)
	}
	next = to.List(80, len(key.Validators), 16)
	for _, validator := range key.Validators {
		item := next()
		item.U8(0, uint8(validator.Kind))
		switch validator.Kind {
		case 0, 1:
			item.F64(8, validator.Number)
		case 2:
			item.Strings(8, validator.Texts)
		case 4:
			item.String(8, validator.Texts[0])
		}
	}
}

//go:wasmexport kafka:connect/plugin@0.1.0#validate
func validate(classAt, classSize, configAt, configCount uint32) uint32 {
	return abi.Answer(8, func(answer abi.Area) {
		class := found(abi.String(classAt, classSize))
		if class.Validate == nil {
			return
		}
		values := class.Validate(abi.Config(configAt, configCount))
		next := answer.List(0, len(values), 28)
		for _, value := range values {
			item := next()
			item.String(0, value.Name)
			item.Strings(8, value.RecommendedValues)
			item.Strings(16, value.Errors)
			item.Bool(24, !value.Hidden)
		}
	})
}
