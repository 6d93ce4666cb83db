package connect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Config is the configuration of a connector or task, as the worker hands it in: names and values, both text.
type Config map[string]string

// ConfigType is the type of a key's value (ConfigDef.Type).
type ConfigType uint8

// Types of values.
const (
	TypeBoolean ConfigType = iota
	TypeString
	TypeInt
	TypeShort
	TypeLong
	TypeDouble
	TypeList
	TypeClass
	TypePassword
)

var configTypeNames = [...]string{"BOOLEAN", "STRING", "INT", "SHORT", "LONG", "DOUBLE", "LIST", "CLASS", "PASSWORD"}

func (t ConfigType) String() string { return configTypeNames[t] }

// Importance says how much a key matters to somebody who configures the plugin.
type Importance uint8

// Importance, medium if nothing is said.
const (
	ImportanceMedium Importance = iota
	ImportanceHigh
	ImportanceLow
)

// Width says how wide a form's field is.
type Width uint8

// Widths.
const (
	WidthNone Width = iota
	WidthShort
	WidthMedium
	WidthLong
)

// GrantKind is a case of the contract's grants.
type GrantKind uint8

// Grant is what the value of a key asks the worker to open. The worker's allowlist has the last word.
type Grant struct {
	Kind GrantKind
	// PortKey is the key with the port where the value has none; of connect and listen.
	PortKey string
	// DefaultPort is the port where neither says one; 0: none.
	DefaultPort uint16
}

// What a key may ask for.
var (
	// ReadFile is the file that the value names, to be read; it need not be there yet. Nothing beside it.
	ReadFile = Grant{Kind: 0}
	// WriteFile is the same to be created, written and read.
	WriteFile = Grant{Kind: 1}
	// ReadDir is the directory that the value names and what is under it, to be read.
	ReadDir = Grant{Kind: 2}
	// WriteDir is the same to be written too.
	WriteDir = Grant{Kind: 3}
	// Connect is the host, host:port, URL or comma-separated list of them that the value names, to connect to.
	Connect = Grant{Kind: 4}
	// Listen is the address that the value names, to listen on.
	Listen = Grant{Kind: 5}
	// StdinIfAbsent is the worker's standard input while the key has no value; standalone mode only.
	StdinIfAbsent = Grant{Kind: 6}
	// StdoutIfAbsent is the worker's standard output while the key has no value; standalone mode only.
	StdoutIfAbsent = Grant{Kind: 7}
)

// ValidatorKind is a case of the contract's validators.
type ValidatorKind uint8

// Validator is a check that the worker makes before it asks the plugin.
type Validator struct {
	Kind   ValidatorKind
	Number float64
	Texts  []string
}

// Min takes numbers that are at least this.
func Min(least float64) Validator { return Validator{Kind: 0, Number: least} }

// Max takes numbers that are at most this.
func Max(most float64) Validator { return Validator{Kind: 1, Number: most} }

// OneOf takes these texts.
func OneOf(texts ...string) Validator { return Validator{Kind: 2, Texts: texts} }

// NonEmpty takes any text but the empty one.
func NonEmpty() Validator { return Validator{Kind: 3} }

// Pattern takes texts that match this regular expression of Java's as a whole.
func Pattern(regex string) Validator { return Validator{Kind: 4, Texts: []string{regex}} }

// ConfigKey is one key. Neither required nor with a default: it may be absent.
type ConfigKey struct {
	Name string
	// Type is boolean if nothing is said, so say it.
	Type ConfigType
	// Default is what an absent key means: nil, text, a number, a bool or a list of texts.
	Default any
	// Required keys must have a value.
	Required   bool
	Importance Importance
	// Doc says what the key does.
	Doc string
	// Group and OrderInGroup say where forms show the key, from 1.
	Group        string
	OrderInGroup int32
	Width        Width
	// DisplayName is what forms show in place of the name.
	DisplayName string
	// Dependents are keys whose validity depends on this one.
	Dependents []string
	Grants     []Grant
	Validators []Validator
}

// DefaultText is the default as a configuration would say it; false if there is none.
func (k *ConfigKey) DefaultText() (string, bool) {
	if k.Default == nil || k.Required {
		return "", false
	}
	return AsText(k.Default), true
}

// ConfigDef is what a plugin can be configured with (ConfigDef), in the order in which tools show the keys.
type ConfigDef []ConfigKey

// Parse checks types and required keys, with Java's texts, and fills defaults in. The validators are the worker's: it has applied
// them before.
func (d ConfigDef) Parse(config Config) (*ParsedConfig, error) {
	values := make(map[string]any, len(d))
	for i := range d {
		value, err := d[i].parse(config)
		if err != nil {
			return nil, err
		}
		values[d[i].Name] = value
	}
	return &ParsedConfig{values}, nil
}

func (k *ConfigKey) parse(config Config) (any, error) {
	text, given := config[k.Name]
	if !given {
		if text, given = k.DefaultText(); !given {
			if k.Required {
				return nil, ConfigErrorf("Missing required configuration %q which has no default value.", k.Name)
			}
			return nil, nil
		}
	}
	value, err := k.Type.parse(strings.TrimSpace(text))
	if err != nil {
		return nil, ConfigErrorf("Invalid value %s for configuration %s: %v", text, k.Name, err)
	}
	return value, nil
}

func (t ConfigType) parse(text string) (any, error) {
	bits := 64
	switch t {
	case TypeBoolean:
		switch strings.ToLower(text) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, fmt.Errorf("Expected value to be either true or false")
	case TypeShort:
		bits = 16
	case TypeInt:
		bits = 32
	case TypeLong:
	case TypeDouble:
		number, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("Not a number of type DOUBLE")
		}
		return number, nil
	case TypeList:
		if text == "" {
			return []string{}, nil
		}
		items := strings.Split(text, ",")
		for i := range items {
			items[i] = strings.TrimSpace(items[i])
		}
		return items, nil
	default:
		return text, nil
	}
	number, err := strconv.ParseInt(text, 10, bits)
	if err != nil {
		return nil, fmt.Errorf("Not a number of type %s", t)
	}
	return number, nil
}

// ParsedConfig is a configuration that was checked against its definition (AbstractConfig): the plugin's own keys, defaults filled
// in. To ask for a key that is not defined, or of another type, is a mistake of the program and panics.
type ParsedConfig struct{ values map[string]any }

// Has says whether a key has a value.
func (c *ParsedConfig) Has(name string) bool { return c.value(name) != nil }

func (c *ParsedConfig) value(name string) any {
	value, defined := c.values[name]
	if !defined {
		panic(fmt.Sprintf("Unknown configuration '%s'", name))
	}
	return value
}

func typed[T any](c *ParsedConfig, name string) T {
	var value T
	if found := c.value(name); found != nil {
		value = found.(T)
	}
	return value
}

// String is the value of a STRING, CLASS or PASSWORD; empty if there is none.
func (c *ParsedConfig) String(name string) string { return typed[string](c, name) }

// Int is the value of a SHORT, INT or LONG; 0 if there is none.
func (c *ParsedConfig) Int(name string) int64 { return typed[int64](c, name) }

// Double is the value of a DOUBLE; 0 if there is none.
func (c *ParsedConfig) Double(name string) float64 { return typed[float64](c, name) }

// Bool is the value of a BOOLEAN; false if there is none.
func (c *ParsedConfig) Bool(name string) bool { return typed[bool](c, name) }

// List is the value of a LIST; empty if there is none.
func (c *ParsedConfig) List(name string) []string { return typed[[]string](c, name) }

// ConfigValue is what the plugin says about the value of one key; what it does not mention stays as the worker found it.
type ConfigValue struct {
	Name string
	// Errors say why the value is wrong.
	Errors []string
	// RecommendedValues are those that forms offer.
	RecommendedValues []string
	// Hidden: forms do not show the key, because other values make it moot.
	Hidden bool
}

// AsText is a value as configurations write it.
func AsText(value any) string {
	if items, is := value.([]string); is {
		return strings.Join(items, ",")
	}
	return fmt.Sprint(value)
}

// With is the configuration with one more value, for the configurations of tasks.
func (c Config) With(name string, value any) Config {
	with := make(Config, len(c)+1)
	for key, value := range c {
		with[key] = value
	}
	with[name] = AsText(value)
	return with
}

// Names are the keys that have values, sorted.
func (c Config) Names() []string {
	names := make([]string, 0, len(c))
	for name := range c {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
