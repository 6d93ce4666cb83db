package connect

import (
	"errors"
	"fmt"
)

// ErrorKind says what the worker does about an error.
type ErrorKind uint8

// Kinds of errors. An error without a kind is fatal.
const (
	// KindFatal: the connector or task fails (ConnectException).
	KindFatal ErrorKind = iota
	// KindRetriable: the worker calls again with the same arguments after a back-off (RetriableException).
	KindRetriable
	// KindConfig: the configuration cannot work (ConfigException).
	KindConfig
	// KindData: a record of a stage is to blame (DataException), and errors.tolerance decides; of any other call it is fatal.
	KindData
)

// Error is an error with its kind. [Retriable], [ConfigErrorf] and their like make them; errors.As finds it in a chain.
type Error struct {
	Kind ErrorKind
	Err  error
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap is the error itself.
func (e *Error) Unwrap() error { return e.Err }

// Retriable marks an error as one after which the worker is to call again; nil stays nil.
func Retriable(err error) error {
	if err == nil {
		return nil
	}
	return &Error{KindRetriable, err}
}

// Retriablef is [Retriable] of fmt.Errorf.
func Retriablef(format string, arguments ...any) error {
	return Retriable(fmt.Errorf(format, arguments...))
}

// ConfigErrorf says why a configuration cannot work.
func ConfigErrorf(format string, arguments ...any) error {
	return &Error{KindConfig, fmt.Errorf(format, arguments...)}
}

// DataErrorf says what is wrong with the record that a transform or converter is given.
func DataErrorf(format string, arguments ...any) error {
	return &Error{KindData, fmt.Errorf(format, arguments...)}
}

// RecordError is a record that cannot be taken, transformed or converted (DataException).
type RecordError struct {
	// Index is the record's position in the batch, Record.Position.
	Index int
	// Message says why.
	Message string
}

// KindOf is the kind of an error: that of the outermost [Error] in its chain, else fatal.
func KindOf(err error) ErrorKind {
	var known *Error
	if errors.As(err, &known) {
		return known.Kind
	}
	return KindFatal
}
