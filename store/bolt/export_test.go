package bolt

import (
	"reflect"
	"unsafe"
)

// WriteAt writes a page.
type WriteAt = func(b []byte, off int64) (int, error)

// WrapWrites puts a function between bbolt and its file: bbolt keeps the one it writes with in a field of its own.
func (s *Store) WrapWrites(wrap func(WriteAt) WriteAt) {
	field := reflect.ValueOf(s.db).Elem().FieldByName("ops").FieldByName("writeAt")
	place := (*WriteAt)(unsafe.Pointer(field.UnsafeAddr()))
	*place = wrap(*place)
}
