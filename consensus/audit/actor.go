// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"polder/activitypub/proof"
	"polder/consensus/tally"
)

// actor is what a check needs of an instance actor document.
type actor struct {
	ID    string
	Heads string
	Keys  []string // Multikeys of its assertionMethod
}

// one reads a JSON value that is a string, an object with an id, or a list whose
// first entry is one of them.
func one(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var object struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(raw, &object) == nil {
		return object.ID
	}
	if list := many(raw); len(list) > 0 {
		return one(list[0])
	}
	return ""
}

// many reads a list, or a single value as a list of one.
func many(raw json.RawMessage) []json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		return list
	}
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return nil
	}
	return []json.RawMessage{raw}
}

func parseActor(raw []byte) (*actor, error) {
	var doc struct {
		ID              string          `json:"id"`
		AssertionMethod json.RawMessage `json:"assertionMethod"`
		Heads           json.RawMessage `json:"polder:heads"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("read actor: %w", err)
	}
	a := &actor{ID: doc.ID, Heads: one(doc.Heads)}
	for _, entry := range many(doc.AssertionMethod) {
		var key struct {
			Type       string `json:"type"`
			Controller string `json:"controller"`
			Multikey   string `json:"publicKeyMultibase"`
		}
		if json.Unmarshal(entry, &key) != nil || key.Type != "Multikey" || key.Controller != doc.ID {
			continue
		}
		if _, err := proof.DecodeKey(key.Multikey); err == nil {
			a.Keys = append(a.Keys, key.Multikey)
		}
	}
	return a, nil
}

// actor fetches an instance actor. A document with another id is wrong.
func (v *verifier) actor(id string) (*actor, bool) {
	raw, ok := v.get("actor document", id)
	if !ok {
		return nil, false
	}
	a, err := parseActor(raw)
	if err != nil {
		v.rep.unknown("actor document", id, "%v", err)
		return nil, false
	}
	if a.ID != id {
		v.rep.wrong("actor document", id, tally.CodeSigner, "it says to be %q", a.ID)
		return nil, false
	}
	return a, true
}

// get fetches a document that should be readable by anyone.
func (v *verifier) get(what, address string) ([]byte, bool) {
	if origin(address) == "" {
		v.rep.unknown(what, address, "not an address")
		return nil, false
	}
	raw, err := v.src.Fetch(v.ctx, address)
	if err != nil {
		v.rep.unknown(what, address, "%v", err)
		return nil, false
	}
	return raw, true
}

// looksLikeJSON tells a JSON object from an error page. Only bytes that claim to
// be the document can prove anything wrong.
func looksLikeJSON(raw []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{"))
}

// heads is the part of aggregation.md 7.2 item 5 that checks need.
type heads struct {
	Rosters []rosterHead `json:"rosters"`
	Tallies []tallyHead  `json:"tallies"`
}

type rosterHead struct {
	Context  string `json:"context"`
	Revision int64  `json:"revision"`
	Digest   string `json:"digest"`
}

// tallyHead names a tally; List, where given, is the collection that holds it.
type tallyHead struct {
	Context  string `json:"context"`
	Area     string `json:"area"`
	Epoch    int64  `json:"epoch"`
	Revision int64  `json:"revision"`
	Digest   string `json:"digest"`
	Kind     string `json:"kind"`
	List     string `json:"list"`
}

var errNoHeads = errors.New("the actor names no heads document")

func (v *verifier) heads(a *actor) (*heads, bool) {
	if a.Heads == "" {
		v.rep.unknown("heads document", a.ID, "%v", errNoHeads)
		return nil, false
	}
	raw, ok := v.get("heads document", a.Heads)
	if !ok {
		return nil, false
	}
	var h heads
	if err := json.Unmarshal(raw, &h); err != nil {
		v.rep.unknown("heads document", a.Heads, "%v", err)
		return nil, false
	}
	return &h, true
}
