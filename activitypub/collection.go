// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"encoding/json"
	"strconv"
)

// PageSize is the number of items of a collection page (federation.md 3).
const PageSize = 20

// Collection is a Collection or OrderedCollection, also the small ones inside
// other objects: the counts of an option, the replies, the organizers.
type Collection struct {
	Context    Context         `json:"@context,omitempty"`
	Type       string          `json:"type"`
	ID         string          `json:"id,omitempty"`
	Attributed string          `json:"attributedTo,omitempty"`
	TotalItems *int            `json:"totalItems,omitempty"`
	First      *CollectionPart `json:"first,omitempty"`
	Last       string          `json:"last,omitempty"`
	Items      []IRIOrObject   `json:"items,omitzero"`        // nil: left out; empty: []
	Ordered    []IRIOrObject   `json:"orderedItems,omitzero"` // same
}

// CollectionPage is one page of a collection.
type CollectionPage struct {
	Context    Context       `json:"@context,omitempty"`
	Type       string        `json:"type"`
	ID         string        `json:"id,omitempty"`
	PartOf     string        `json:"partOf"`
	TotalItems *int          `json:"totalItems,omitempty"`
	Next       string        `json:"next,omitempty"`
	Prev       string        `json:"prev,omitempty"`
	Items      []IRIOrObject `json:"items,omitzero"`
	Ordered    []IRIOrObject `json:"orderedItems,omitzero"`
}

// CollectionPart is the first page of a collection: its id or the page itself.
type CollectionPart struct {
	IRI  string
	Page *CollectionPage
}

// MarshalJSON writes the page if there is one, else the id.
func (p CollectionPart) MarshalJSON() ([]byte, error) {
	if p.Page != nil {
		return Marshal(p.Page)
	}
	return Marshal(p.IRI)
}

// UnmarshalJSON reads either form.
func (p *CollectionPart) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		return json.Unmarshal(b, &p.IRI)
	}
	p.Page = new(CollectionPage)
	return json.Unmarshal(b, p.Page)
}

// PageURL is the address of page n (from 1) of a collection.
func PageURL(collection string, n int) string {
	return collection + "?page=" + strconv.Itoa(n)
}

// Pages is the number of pages that total items take, at least 1.
func Pages(total int) int {
	return max(1, (total+PageSize-1)/PageSize)
}

// NewOrderedCollection is the head of a paged collection: the count and the
// address of its first page.
func NewOrderedCollection(id string, total int) Collection {
	return Collection{
		Context: ObjectContext, Type: TypeOrderedCollection, ID: id, TotalItems: new(total),
		First: &CollectionPart{IRI: PageURL(id, 1)},
	}
}

// NewCountedCollection is a collection that shows its count and hides its items:
// followers, and every inbox (with total 0).
func NewCountedCollection(id string, total int) Collection {
	return Collection{Context: ObjectContext, Type: TypeOrderedCollection, ID: id, TotalItems: new(total)}
}

// NewOrderedPage is page n (from 1) of a collection of total items; items are
// those of this page, at most PageSize, newest first.
func NewOrderedPage(collection string, n, total int, items []IRIOrObject) CollectionPage {
	if items == nil {
		items = []IRIOrObject{}
	}
	p := CollectionPage{
		Context: ObjectContext, Type: TypeOrderedCollectionPage, ID: PageURL(collection, n),
		PartOf: collection, TotalItems: new(total), Ordered: items,
	}
	if n < Pages(total) {
		p.Next = PageURL(collection, n+1)
	}
	if n > 1 {
		p.Prev = PageURL(collection, n-1)
	}
	return p
}

// NewReplies is the replies collection inside a Note: its first page is
// embedded, with the ids of the first replies on this host.
func NewReplies(id string, replies ...string) *Collection {
	items := make([]IRIOrObject, len(replies))
	for i, r := range replies {
		items[i] = Link(r)
	}
	return &Collection{
		Type: TypeCollection, ID: id,
		First: &CollectionPart{Page: &CollectionPage{Type: TypeCollectionPage, PartOf: id, Items: items}},
	}
}
