// SPDX-License-Identifier: EUPL-1.2

package activitypub

import "encoding/json"

// Activity is any activity we send: Create, Update, Delete, Announce, Follow,
// Accept, Reject, Undo, Invite, Join, Leave, Remove, Offer, Flag, Add
// (federation.md 5 and 9).
type Activity struct {
	Context   Context  `json:"@context,omitempty"`
	ID        string   `json:"id"`
	Type      string   `json:"type"`
	Actor     string   `json:"actor"`
	To        []string `json:"to,omitempty"`
	CC        []string `json:"cc,omitempty"`
	Audience  string   `json:"audience,omitempty"` // the Group of an Announce (FEP-1b12)
	Published Time     `json:"published,omitzero"`

	// Consistency is the proof beside an offered Checkpoint (aggregation.md 6.6).
	Consistency json.RawMessage `json:"consistency,omitempty"`

	// Object is built with Link, Links, Embed or Raw. A Follow that is accepted
	// and every signed document travel as Raw.
	Object IRIOrObject `json:"object,omitzero"`
	Target string      `json:"target,omitempty"` // the collection of Add and Remove
	// Result answers in an Accept or Reject: a Cosignature, {digest,checks} or
	// {code,path,detail}.
	Result  IRIOrObject `json:"result,omitzero"`
	Content string      `json:"content,omitempty"` // the reason in a Flag
}

// NewCreate wraps o, without its context, in a Create by its author with the
// same to, cc and published.
func NewCreate(id string, o Object) Activity { return wrap(TypeCreate, id, o) }

// NewUpdate wraps o in an Update by its author; published is left to the object.
func NewUpdate(id string, o Object) Activity {
	a := wrap(TypeUpdate, id, o)
	a.Published = Time{}
	return a
}

func wrap(kind, id string, o Object) Activity {
	o.Context = ""
	return Activity{
		Context: ObjectContext, ID: id, Type: kind, Actor: o.AttributedTo,
		To: o.To, CC: o.CC, Published: o.Published, Object: Embed(o),
	}
}

// NewAccept answers a received activity with its whole, unchanged bytes: Misskey
// needs its own Follow id back.
func NewAccept(id, actor, to string, received []byte) Activity {
	return answer(TypeAccept, id, actor, to, received)
}

// NewReject refuses a received activity; see NewAccept.
func NewReject(id, actor, to string, received []byte) Activity {
	return answer(TypeReject, id, actor, to, received)
}

func answer(kind, id, actor, to string, received []byte) Activity {
	return Activity{
		Context: ObjectContext, ID: id, Type: kind, Actor: actor,
		To: []string{to}, Object: Raw(received),
	}
}

// NewDelete announces that o is gone for good: a Tombstone under the old id.
func NewDelete(id, actor string, to, cc []string, gone Object) Activity {
	gone.Context = ""
	return Activity{
		Context: ObjectContext, ID: id, Type: TypeDelete, Actor: actor,
		To: to, CC: cc, Object: Embed(gone),
	}
}

// Tombstone is what remains of a deleted object.
func Tombstone(id, formerType string, deleted Time) Object {
	return Object{ID: id, Type: TypeTombstone, FormerType: formerType, Deleted: deleted}
}
