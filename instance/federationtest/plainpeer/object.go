// SPDX-License-Identifier: EUPL-1.2

package plainpeer

// Text is a property that is a string, else "".
func (o Object) Text(key string) string {
	s, _ := o[key].(string)
	return s
}

// Sub is a property that is an object, else nil.
func (o Object) Sub(key string) Object {
	m, _ := o[key].(map[string]any)
	return m
}

// ID of a property that is an id or an object with one.
func (o Object) Ref(key string) string {
	if id := o.Text(key); id != "" {
		return id
	}
	return o.Sub(key).Text("id")
}

// List is a property as a list of objects; strings become objects with an id.
func (o Object) List(key string) []Object {
	values, ok := o[key].([]any)
	if !ok {
		return nil
	}
	var out []Object
	for _, v := range values {
		switch v := v.(type) {
		case map[string]any:
			out = append(out, v)
		case string:
			out = append(out, Object{"id": v})
		}
	}
	return out
}

// Number is a property that is a number; ok is false if it is absent.
func (o Object) Number(key string) (n int, ok bool) {
	f, ok := o[key].(float64)
	return int(f), ok
}

// Addressed reports whether to or cc holds id.
func (o Object) Addressed(id string) bool {
	for _, key := range []string{"to", "cc"} {
		if o.Text(key) == id {
			return true
		}
		for _, x := range o.List(key) {
			if x.Text("id") == id {
				return true
			}
		}
	}
	return false
}
