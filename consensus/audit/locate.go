// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"polder/consensus/tally"
)

// shape is what tells the documents apart that a URL may lead to.
type shape struct {
	ID      string          `json:"id"`
	Type    string          `json:"type"`
	Kind    string          `json:"kind"`
	Tallies json.RawMessage `json:"polder:tallies"`
}

// found is an aggregate to check: its address, and the digest by which another
// document named it, "" if none did.
type found struct {
	address string
	digest  string
}

// locate finds the aggregates a URL stands for: itself, the newest of a
// consultation, or those of an instance.
func (v *verifier) locate(address string) []found {
	raw, err := v.src.Fetch(v.ctx, address)
	var doc shape
	if err == nil && json.Unmarshal(raw, &doc) == nil {
		v.home(doc.ID, address)
		switch {
		case doc.Type == "Tally":
			return []found{{address: address}}
		case doc.Type == "Group" || one(doc.Tallies) != "":
			return v.ofConsultation(doc.ID, one(doc.Tallies))
		}
	}
	if u, parseErr := url.Parse(address); err != nil && parseErr == nil && strings.Trim(u.Path, "/") != "" {
		v.rep.unknown("document", address, "%v", err)
		return nil
	}
	if err == nil && doc.Type == "" && looksLikeJSON(raw) && strings.Contains(address, "/tallies/") {
		return []found{{address: address}} // a tally too damaged to say what it is
	}
	return v.ofInstance(address)
}

// home notes when the user's address is another one than the documents give
// themselves, as behind a reverse proxy, and reads all documents of that host
// through the user's address: the check is of what is served there.
func (v *verifier) home(id, address string) {
	from, to := origin(id), origin(address)
	if from == "" || !v.src.rebase(from, to) {
		return
	}
	v.rep.note("the documents call their host %s; all of them were read through %s", from, to)
}

// collection is an OrderedCollection or one of its pages.
type collection struct {
	Type  string            `json:"type"`
	First json.RawMessage   `json:"first"`
	Next  json.RawMessage   `json:"next"`
	Items []json.RawMessage `json:"orderedItems"`
}

const maxPages = 50

// ofConsultation finds the newest aggregate in the collection of tallies of a
// consultation, newest first.
func (v *verifier) ofConsultation(group, address string) []found {
	const what = "list of tallies"
	if address == "" {
		v.rep.unknown(what, group, "the consultation names none")
		return nil
	}
	for range maxPages {
		raw, ok := v.get(what, address)
		if !ok {
			return nil
		}
		var page collection
		if err := json.Unmarshal(raw, &page); err != nil {
			v.rep.unknown(what, address, "%v", err)
			return nil
		}
		if f, ok := v.firstAggregate(page.Items); ok {
			return []found{f}
		}
		next := one(page.Next)
		if next == "" && len(page.Items) == 0 {
			next = one(page.First)
		}
		if next == "" || next == address {
			break
		}
		address = next
	}
	v.rep.unknown("aggregate", group, "this consultation has published none; a single tally is checked with verify tally")
	return nil
}

func (v *verifier) firstAggregate(items []json.RawMessage) (found, bool) {
	for _, item := range items {
		id := one(item)
		raw := []byte(item)
		if item[0] == '"' { // an address instead of the document
			var ok bool
			if raw, ok = v.get("tally", id); !ok {
				continue
			}
		}
		var doc shape
		if json.Unmarshal(raw, &doc) != nil || doc.Kind != tally.KindAggregate {
			continue
		}
		d, err := tally.Parse(raw)
		if err != nil {
			v.rep.wrong("list of tallies", id, problemCode(err), "%v", err)
			return found{address: id}, true
		}
		v.ownProof("list of tallies", d.ID, d.AttributedTo, raw)
		return found{address: d.ID, digest: d.Digest}, true
	}
	return found{}, false
}

// ofInstance finds the aggregates of all joint consultations an instance adds up.
func (v *verifier) ofInstance(address string) []found {
	base := origin(address)
	if base == "" {
		v.rep.unknown("instance", address, "not an address")
		return nil
	}
	raw, ok := v.get("actor document", base+"/actor")
	if !ok {
		return nil
	}
	a, err := parseActor(raw)
	if err != nil {
		v.rep.unknown("actor document", base+"/actor", "%v", err)
		return nil
	}
	v.home(a.ID, base)
	h, ok := v.heads(a)
	if !ok {
		return nil
	}
	var out []found
	for _, t := range h.Tallies {
		if t.Kind != "" && t.Kind != tally.KindAggregate {
			continue
		}
		if f, ok := v.ofHead(a, t); ok {
			out = append(out, f)
		}
	}
	v.waiting(h)
	if len(out) == 0 {
		v.rep.unknown("aggregate", a.ID, "this instance has published none")
	}
	return out
}

// ofHead turns a line of the heads document into an aggregate. A line without
// kind may be a tally of the instance itself.
func (v *verifier) ofHead(a *actor, t tallyHead) (found, bool) {
	list := t.List
	if list == "" {
		list = t.Context + "/tallies"
	}
	if origin(list) != origin(a.ID) {
		v.rep.unknown("aggregate", t.Context, "the heads document does not say where %s is published", t.Digest)
		return found{}, false
	}
	f := found{address: fmt.Sprintf("%s/%d-%d", list, t.Epoch, t.Revision), digest: t.Digest}
	if t.Kind == tally.KindAggregate {
		return f, true
	}
	raw, err := v.src.Fetch(v.ctx, f.address)
	var doc shape
	if err == nil && json.Unmarshal(raw, &doc) == nil && doc.Kind == tally.KindDirect {
		return found{}, false
	}
	return f, true
}

// waiting names the consultations the instance convenes without a total yet.
func (v *verifier) waiting(h *heads) {
	for _, r := range h.Rosters {
		if !slices.ContainsFunc(h.Tallies, func(t tallyHead) bool { return t.Context == r.Context && t.Kind != tally.KindDirect }) {
			v.rep.notChecked("%s: nothing has been added up yet", r.Context)
		}
	}
}
