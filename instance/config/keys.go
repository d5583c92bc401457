// SPDX-License-Identifier: EUPL-1.2

package config

import (
	"fmt"
	"iter"
	"reflect"
	"strconv"
	"strings"
)

// key is one setting of one configuration.
type key struct {
	name   string // section.key
	value  reflect.Value
	secret bool
}

// keys yields every setting of c in the order of the struct.
func (c *Config) keys() iter.Seq[key] {
	return func(yield func(key) bool) {
		whole := reflect.ValueOf(c).Elem()
		for i := range whole.NumField() {
			section := whole.Type().Field(i).Tag.Get("toml")
			if section == "" || section == "-" {
				continue
			}
			part := whole.Field(i)
			for j := range part.NumField() {
				tag := part.Type().Field(j).Tag
				k := key{name: section + "." + tag.Get("toml"), value: part.Field(j), secret: tag.Get("secret") != ""}
				if !yield(k) {
					return
				}
			}
		}
	}
}

func (c *Config) byName() map[string]key {
	m := map[string]key{}
	for k := range c.keys() {
		m[k.name] = k
	}
	return m
}

// env is the variable of a key.
func env(name string) string {
	return "POLDER_" + strings.ToUpper(strings.ReplaceAll(name, ".", "_"))
}

// set gives the key a value as a TOML file has it: string, int64, bool or a
// list of these.
func (k key) set(raw any) error {
	switch p := k.value.Addr().Interface().(type) {
	case *string:
		return setTo(p, raw, "a text", as[string])
	case *bool:
		return setTo(p, raw, "true or false", as[bool])
	case *int:
		return setTo(p, raw, "a whole number", asInt)
	case *Duration:
		return setParsed(p, raw, ParseDuration)
	case *Period:
		return setParsed(p, raw, ParsePeriod)
	case *Rate:
		return setParsed(p, raw, ParseRate)
	case *[]string:
		return setTo(p, raw, `a list of texts like ["a", "b"]`, asList(as[string]))
	case *[]int:
		return setTo(p, raw, "a list of whole numbers like [1, 2]", asList(asInt))
	}
	return fmt.Errorf("no way to read a %s", k.value.Type())
}

// setText is set for the environment and the command line, where everything is
// a text. Lists are written a,b,c.
func (k key) setText(text string) error {
	switch k.value.Interface().(type) {
	case bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is not true or false", text)
		}
		return k.set(b)
	case int:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		return k.set(n)
	case []string:
		return k.set(split(text, func(s string) any { return s }))
	case []int:
		return k.set(split(text, func(s string) any {
			if n, err := strconv.ParseInt(s, 10, 64); err == nil {
				return n
			}
			return s
		}))
	}
	return k.set(text)
}

func split(text string, item func(string) any) []any {
	list := []any{}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, item(part))
		}
	}
	return list
}

// text writes the value of a key as the file has it.
func (k key) text() string {
	switch v := k.value.Interface().(type) {
	case bool, int:
		return fmt.Sprint(v)
	case []string:
		quoted := make([]string, len(v))
		for i, s := range v {
			quoted[i] = quote(s)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	case []int:
		return strings.ReplaceAll(fmt.Sprint(v), " ", ", ")
	default:
		return quote(fmt.Sprint(v))
	}
}

// quote writes a TOML basic string. Control characters, which no value of ours
// needs, become spaces.
func quote(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func setTo[T any](p *T, raw any, want string, convert func(any) (T, bool)) error {
	v, ok := convert(raw)
	if !ok {
		return fmt.Errorf("%v is not %s", raw, want)
	}
	*p = v
	return nil
}

func setParsed[T any](p *T, raw any, parse func(string) (T, error)) error {
	s, ok := raw.(string)
	if !ok {
		return fmt.Errorf("%v is not a text in quotes", raw)
	}
	v, err := parse(s)
	if err != nil {
		return err
	}
	*p = v
	return nil
}

func as[T any](raw any) (T, bool) {
	v, ok := raw.(T)
	return v, ok
}

func asInt(raw any) (int, bool) {
	n, ok := raw.(int64)
	return int(n), ok && int64(int(n)) == n
}

func asList[T any](item func(any) (T, bool)) func(any) ([]T, bool) {
	return func(raw any) ([]T, bool) {
		items, ok := raw.([]any)
		list := make([]T, len(items))
		for i := range items {
			var good bool
			list[i], good = item(items[i])
			ok = ok && good
		}
		return list, ok
	}
}
