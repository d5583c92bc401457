// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"reflect"
	"strings"
)

// The field names of our documents, read from the struct tags once.
var (
	docFields    = topNames(reflect.TypeFor[Doc]())
	rosterFields = topNames(reflect.TypeFor[Roster]())
	lowerNames   = lowered(reflect.TypeFor[Doc](), reflect.TypeFor[Roster](), reflect.TypeFor[optionWire](), reflect.TypeFor[proofNames]())
)

// proofNames are the names the check of a proof reads.
type proofNames struct {
	Proof struct {
		VerificationMethod string `json:"verificationMethod"`
	} `json:"proof"`
}

func tagName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}

func topNames(t reflect.Type) map[string]bool {
	names := map[string]bool{}
	for i := range t.NumField() {
		if name := tagName(t.Field(i)); name != "" {
			names[name] = true
		}
	}
	return names
}

// lowered maps the lower-case form of every name, at any depth, to the name.
func lowered(types ...reflect.Type) map[string]string {
	names := map[string]string{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			walk(t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				if name := tagName(t.Field(i)); name != "" {
					names[strings.ToLower(name)] = name
					walk(t.Field(i).Type)
				}
			}
		}
	}
	for _, t := range types {
		walk(t)
	}
	return names
}

// sameName returns the known name encoding/json would take key for, "" if none.
func sameName(key string) string {
	for i := range len(key) {
		if key[i] >= 0x80 {
			return foldedName(key)
		}
	}
	return lowerNames[strings.ToLower(key)]
}

// foldedName is sameName for names such as "ſtatus", which fold to ASCII.
func foldedName(key string) string {
	for _, exact := range lowerNames {
		if strings.EqualFold(exact, key) {
			return exact
		}
	}
	return ""
}
