// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"fmt"
	"testing"
)

func TestPages(t *testing.T) {
	for total, want := range map[int]int{0: 1, 1: 1, 20: 1, 21: 2, 40: 2, 41: 3} {
		same(t, fmt.Sprint(total, " items"), Pages(total), want)
	}
}

// Following next from the first page gives every page once, and prev leads back.
func TestPagesAreLinked(t *testing.T) {
	const id, total = tOrg + "/outbox", 43
	next := NewOrderedCollection(id, total).First.IRI
	prev := ""
	for n := 1; n <= Pages(total); n++ {
		p := NewOrderedPage(id, n, total, nil)
		same(t, "id", p.ID, next)
		same(t, "prev", p.Prev, prev)
		same(t, "part of", p.PartOf, id)
		next, prev = p.Next, p.ID
	}
	same(t, "after the last", next, "")
}

func TestEmptyPageHasItems(t *testing.T) {
	p := NewOrderedPage(tOrg+"/outbox", 1, 0, nil)
	p.Context = ""
	same(t, "page", marshal(t, p), `{"type":"OrderedCollectionPage","id":"`+tOrg+`/outbox?page=1","partOf":"`+tOrg+`/outbox","totalItems":0,"orderedItems":[]}`)
}

func TestReplies(t *testing.T) {
	r := marshal(t, NewReplies(tS+"/notes/1/replies", tS+"/notes/2", tS+"/notes/3"))
	same(t, "replies", r, `{"type":"Collection","id":"`+tS+`/notes/1/replies","first":{"type":"CollectionPage","partOf":"`+tS+`/notes/1/replies","items":["`+tS+`/notes/2","`+tS+`/notes/3"]}}`)
}
