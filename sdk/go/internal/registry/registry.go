// Package registry holds the classes of a component.
package registry

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
)

// Kind is a case of the contract's kinds.
type Kind uint8

// Kinds of classes.
const (
	Source Kind = iota
	Sink
	Transformation
	Predicate
	Converter
	HeaderConverter
)

// Class is one plugin class of the component.
type Class struct {
	Name string
	// TaskClass is empty but of connectors.
	TaskClass              string
	Version, Documentation string
	Kind                   Kind
	ConfigDef              connect.ConfigDef
	// Validate is nil where there is nothing to add to the worker's own checks.
	Validate func(connect.Config) []connect.ConfigValue
}

var classes []Class

// Classes are the classes of one kind, by name, with what makes their instances.
type Classes[C any] map[string]*C

// Add adds a class. One that lacks something is a mistake of the program and panics.
func (c Classes[C]) Add(class *C, described Class) {
	add(described)
	c[described.Name] = class
}

// Find is the class of that name and kind.
func (c Classes[C]) Find(name string) (*C, error) {
	if class, found := c[name]; found {
		return class, nil
	}
	return nil, connect.ConfigErrorf("this component has no %s of this kind", name)
}

func add(class Class) {
	needed := map[string]string{"Name": class.Name, "Version": class.Version}
	if class.Kind <= Sink {
		needed["TaskClass"] = class.TaskClass
	}
	for what, text := range needed {
		if text == "" {
			panic(fmt.Sprintf("class %q has no %s", class.Name, what))
		}
	}
	for _, other := range classes {
		if other.Name == class.Name && other.Kind == class.Kind {
			panic(fmt.Sprintf("class %s is exported twice", class.Name))
		}
	}
	classes = append(classes, class)
	// Every instance must describe the component alike, in whatever order its init functions come.
	slices.SortFunc(classes, func(a, b Class) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) })
}

// All are the classes, sources first, by name.
func All() []Class { return classes }

// Find is the class of that name, or an error that says which there are.
func Find(name string) (*Class, error) {
	var known []string
	for i := range classes {
		if classes[i].Name == name {
			return &classes[i], nil
		}
		known = append(known, classes[i].Name)
	}
	return nil, connect.ConfigErrorf("this component has no such class %s; it has %s", name, strings.Join(known, ", "))
}
