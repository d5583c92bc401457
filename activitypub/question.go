// SPDX-License-Identifier: EUPL-1.2

package activitypub

import "fmt"

// Option is one answer of a Question. Replies is nil while counts are hidden:
// GoToSocial then hides them too (federation.md 6).
type Option struct {
	Type    string      `json:"type"` // Note
	Name    string      `json:"name"` // unique in the question, plain text, <= 50 characters
	Replies *Collection `json:"replies,omitempty"`
}

// Options makes the answers of a poll without counts.
func Options(names ...string) []Option {
	out := make([]Option, len(names))
	for i, name := range names {
		out[i] = Option{Type: TypeNote, Name: name}
	}
	return out
}

// WithCounts returns a copy of o that shows counts, one per option in order, and
// voters, the number of people who voted. Everything else, published and the
// names and order of the options above all, stays as it was.
func (o Object) WithCounts(counts []int, voters int) (Object, error) {
	list := &o.OneOf
	if len(o.AnyOf) > 0 {
		list = &o.AnyOf
	}
	if len(counts) != len(*list) {
		return Object{}, fmt.Errorf("adding counts to %s: %d counts for %d options", o.ID, len(counts), len(*list))
	}
	shown := make([]Option, len(counts))
	for i, n := range counts {
		shown[i] = (*list)[i]
		shown[i].Replies = &Collection{Type: TypeCollection, TotalItems: new(n)}
	}
	*list = shown
	o.VotersCount = new(voters)
	return o, nil
}

// WithoutCounts returns a copy of o that shows no counts at all.
func (o Object) WithoutCounts() Object {
	hide := func(list []Option) []Option {
		var out []Option
		for _, opt := range list {
			opt.Replies = nil
			out = append(out, opt)
		}
		return out
	}
	o.OneOf, o.AnyOf, o.VotersCount = hide(o.OneOf), hide(o.AnyOf), nil
	return o
}
