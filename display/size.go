package display

import (
	"reflect"
	"unsafe"
)

// mostParts is how many values are looked at to find out the memory of one.
const mostParts = 20_000

// sizeOf is the memory that a value takes up with all that it points to, each part once, and
// whether only some of it was looked at. Lists without pointers are counted, not looked at.
func sizeOf(v reflect.Value) (bytes int64, partial bool) {
	s := sizer{left: mostParts, seen: map[unsafe.Pointer]bool{}}
	s.add(v)
	return int64(v.Type().Size()) + s.bytes, s.left <= 0
}

type sizer struct {
	bytes int64
	left  int
	seen  map[unsafe.Pointer]bool
}

// first says whether what lies at p was not counted yet.
func (s *sizer) first(p unsafe.Pointer) bool {
	if p == nil || s.seen[p] {
		return false
	}
	s.seen[p] = true
	return true
}

// add adds what a value points to; its own memory is part of what holds it.
func (s *sizer) add(v reflect.Value) {
	if s.left--; s.left <= 0 {
		return
	}
	switch v.Kind() {
	case reflect.String:
		if v.Len() > 0 {
			s.bytes += int64(v.Len())
		}
	case reflect.Pointer:
		if v.IsNil() || !s.first(v.UnsafePointer()) {
			return
		}
		if v.CanInterface() {
			if t, ok := v.Interface().(tensor); ok {
				if t.Ok() {
					s.bytes += int64(t.Memory())
				}
				return
			}
		}
		s.bytes += int64(v.Type().Elem().Size())
		s.add(v.Elem())
	case reflect.Interface:
		if !v.IsNil() {
			if k := v.Elem().Kind(); k != reflect.Pointer && k != reflect.Func && k != reflect.Map && k != reflect.Chan {
				s.bytes += int64(v.Elem().Type().Size())
			}
			s.add(v.Elem())
		}
	case reflect.Slice:
		if v.IsNil() || v.Cap() == 0 || !s.first(v.UnsafePointer()) {
			return
		}
		s.bytes += int64(v.Cap()) * int64(v.Type().Elem().Size())
		s.elements(v)
	case reflect.Array:
		s.elements(v)
	case reflect.Struct:
		if hasPointers(v.Type()) {
			for i := range v.NumField() {
				s.add(v.Field(i))
			}
		}
	case reflect.Map:
		if v.IsNil() || !s.first(v.UnsafePointer()) {
			return
		}
		entry := int64(v.Type().Key().Size() + v.Type().Elem().Size())
		s.bytes += int64(v.Len()) * (entry + entry/4 + 1) // with room for growth, as maps have
		if hasPointers(v.Type().Key()) || hasPointers(v.Type().Elem()) {
			for it := v.MapRange(); s.left > 0 && it.Next(); {
				s.add(it.Key())
				s.add(it.Value())
			}
		}
	case reflect.Chan:
		if !v.IsNil() && s.first(v.UnsafePointer()) {
			s.bytes += int64(v.Cap()) * int64(v.Type().Elem().Size())
		}
	}
}

func (s *sizer) elements(v reflect.Value) {
	if !hasPointers(v.Type().Elem()) {
		return
	}
	for i := 0; i < v.Len() && s.left > 0; i++ {
		s.add(v.Index(i))
	}
}

// hasPointers says whether values of the type point to further memory.
func hasPointers(t reflect.Type) bool {
	switch k := t.Kind(); k {
	case reflect.Array:
		return t.Len() > 0 && hasPointers(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if hasPointers(t.Field(i).Type) {
				return true
			}
		}
		return false
	default:
		return !(k == reflect.Bool || isNumber(k) || k == reflect.Uintptr)
	}
}

// leadsOn says whether there is more to a value of the type than shallowSize counts.
func leadsOn(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String:
		return false
	case reflect.Slice:
		return hasPointers(t.Elem())
	}
	return hasPointers(t)
}

// shallowSize is the memory of a value without what lies behind pointers in it.
func shallowSize(v reflect.Value) int64 {
	size := int64(v.Type().Size())
	switch v.Kind() {
	case reflect.String:
		size += int64(v.Len())
	case reflect.Slice:
		size += int64(v.Cap()) * int64(v.Type().Elem().Size())
	}
	return size
}
