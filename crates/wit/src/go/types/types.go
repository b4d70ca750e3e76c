// Package types has the types of WIT that Go has not. `atoll wit go` puts it here.
package types

// Unit is the payload of a case without one.
type Unit struct{}

// The cases of an Option, as generated code tells them apart.
const (
	OptionNone = iota
	OptionSome
)

// Option is a value or none.
type Option[T any] struct {
	tag   uint8
	value T
}

// None is no value.
func None[T any]() Option[T] {
	return Option[T]{}
}

// Some is a value.
func Some[T any](value T) Option[T] {
	return Option[T]{OptionSome, value}
}

// Tag is OptionNone or OptionSome.
func (option Option[T]) Tag() uint8 {
	return option.tag
}

// IsSome says whether there is a value.
func (option Option[T]) IsSome() bool {
	return option.tag == OptionSome
}

// IsNone says whether there is none.
func (option Option[T]) IsNone() bool {
	return option.tag == OptionNone
}

// Some is the value; without one it panics.
func (option Option[T]) Some() T {
	if option.tag != OptionSome {
		panic("the option has no value")
	}
	return option.value
}

// SomeOr is the value, or else the one that is given.
func (option Option[T]) SomeOr(value T) T {
	if option.tag == OptionSome {
		return option.value
	}
	return value
}

// The cases of a Result, as generated code tells them apart.
const (
	ResultOk = iota
	ResultErr
)

// Result is a value or an error.
type Result[T, E any] struct {
	tag   uint8
	value T
	err   E
}

// Ok is a value.
func Ok[T, E any](value T) Result[T, E] {
	return Result[T, E]{tag: ResultOk, value: value}
}

// Err is an error.
func Err[T, E any](err E) Result[T, E] {
	return Result[T, E]{tag: ResultErr, err: err}
}

// Tag is ResultOk or ResultErr.
func (result Result[T, E]) Tag() uint8 {
	return result.tag
}

// IsOk says whether there is a value.
func (result Result[T, E]) IsOk() bool {
	return result.tag == ResultOk
}

// IsErr says whether there is an error.
func (result Result[T, E]) IsErr() bool {
	return result.tag == ResultErr
}

// Ok is the value; without one it panics.
func (result Result[T, E]) Ok() T {
	if result.tag != ResultOk {
		panic("the result is an error")
	}
	return result.value
}

// Err is the error; without one it panics.
func (result Result[T, E]) Err() E {
	if result.tag != ResultErr {
		panic("the result is no error")
	}
	return result.err
}
