// Package runtime is what generated bindings share: handles of the host's resources, and memory that others write to.
// `atoll wit go` puts it here.
package runtime

// Handle is a resource of somebody else: its number, or 0 once it was given away or dropped.
type Handle struct {
	number int32
}

// MakeHandle has a resource.
func MakeHandle(number int32) *Handle {
	handle := new(Handle)
	handle.Set(number)
	return handle
}

// Use is the number, for as long as the resource is here.
func (handle *Handle) Use() int32 {
	if handle.number == 0 {
		panic("a resource is used that was given away or dropped")
	}
	return handle.number
}

// Take is the number for somebody who has the resource from now on.
func (handle *Handle) Take() int32 {
	number := handle.Use()
	handle.number = 0
	return number
}

// TakeOrNil is the same; 0 where the resource is here no more.
func (handle *Handle) TakeOrNil() int32 {
	number := handle.number
	handle.number = 0
	return number
}

// Set has a resource where none is.
func (handle *Handle) Set(number int32) {
	if number == 0 || handle.number != 0 {
		panic("a resource is put where one is, or is none")
	}
	handle.number = number
}
