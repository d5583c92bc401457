// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"strings"
	"testing"
)

// afterClose: nothing on the wire may tell counts apart from absent ones.
func TestHiddenCountsLeaveNoTrace(t *testing.T) {
	hidden := statement()
	hidden.Context = "" // it defines votersCount
	text := marshal(t, hidden)
	for _, word := range []string{"replies", "totalItems", "votersCount", "closed"} {
		if strings.Contains(text, word) {
			t.Errorf("%q in %s", word, text)
		}
	}
	closed := statementClosed(t).WithoutCounts()
	closed.Context = ""
	same(t, "hidden again", marshal(t, closed),
		strings.Replace(text, `"oneOf"`, `"closed":"2026-11-23T20:00:00Z","oneOf"`, 1))
}

// A new count changes the counts and nothing else, least of all "updated".
func TestCountsChangeNothingElse(t *testing.T) {
	before := statement()
	shown, err := before.WithCounts([]int{3, 0, 1}, 4)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the original", marshal(t, before), marshal(t, statement()))
	same(t, "counts taken away", marshal(t, shown.WithoutCounts()), marshal(t, statement()))
	for _, word := range []string{`"updated"`, `"closed"`} {
		if strings.Contains(marshal(t, shown), word) {
			t.Errorf("%s appeared", word)
		}
	}
	if _, err := before.WithCounts([]int{1, 2}, 3); err == nil {
		t.Error("two counts for three options")
	}
}

// The Create and Update around an object share its addressing; the object inside
// carries no context of its own.
func TestActivitiesAroundObjects(t *testing.T) {
	for _, a := range []Activity{NewCreate("i", lead()), NewUpdate("i", lead())} {
		d := mustParse(t, marshal(t, a))
		o := object(t, d)
		same(t, "actor", d.IRI("actor"), o.IRI("attributedTo"))
		same(t, "to", strings.Join(d.IRIs("to"), " "), strings.Join(o.IRIs("to"), " "))
		same(t, "cc", strings.Join(d.IRIs("cc"), " "), strings.Join(o.IRIs("cc"), " "))
		same(t, "context inside", o.Has("@context"), false)
		same(t, "context outside", string(d.Fields["@context"]), string(ObjectContext))
	}
	same(t, "reject", NewReject("i", tC, tA, []byte(`{}`)).Type, TypeReject)
}
