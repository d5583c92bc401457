// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"mime"
	"slices"
	"strings"
)

// Public is the id of the public collection: the only form we emit. On input
// "as:Public" and "Public" mean the same (see Addresses).
const Public = "https://www.w3.org/ns/activitystreams#Public"

// Namespace of our own terms, and Capability: what an instance actor lists in
// "implements" when it speaks our own types (FEP-844e; federation.md 9.1).
const (
	Namespace  = "https://w3id.org/polder/v1#"
	Capability = "https://w3id.org/polder/v1"
)

// ContentType is the media type we send; Accept is what we ask for.
const (
	ContentType   = "application/activity+json"
	ContentTypeLD = `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`
	Accept        = ContentType + ", " + ContentTypeLD
)

// Actor types: the five accepted everywhere (federation.md 3).
const (
	TypeApplication  = "Application"
	TypeGroup        = "Group"
	TypeOrganization = "Organization"
	TypePerson       = "Person"
	TypeService      = "Service"
)

// Object types we emit.
const (
	TypeArticle               = "Article"
	TypeCollection            = "Collection"
	TypeCollectionPage        = "CollectionPage"
	TypeEvent                 = "Event"
	TypeNote                  = "Note"
	TypeOrderedCollection     = "OrderedCollection"
	TypeOrderedCollectionPage = "OrderedCollectionPage"
	TypeQuestion              = "Question"
	TypeTombstone             = "Tombstone"
)

// Activity types (federation.md 5 and 9).
const (
	TypeAccept       = "Accept"
	TypeAdd          = "Add"
	TypeAnnounce     = "Announce"
	TypeBlock        = "Block"
	TypeCreate       = "Create"
	TypeDelete       = "Delete"
	TypeEmojiReact   = "EmojiReact"
	TypeFlag         = "Flag"
	TypeFollow       = "Follow"
	TypeIgnore       = "Ignore"
	TypeInvite       = "Invite"
	TypeJoin         = "Join"
	TypeLeave        = "Leave"
	TypeLike         = "Like"
	TypeMove         = "Move"
	TypeOffer        = "Offer"
	TypeQuoteRequest = "QuoteRequest"
	TypeReject       = "Reject"
	TypeRemove       = "Remove"
	TypeUndo         = "Undo"
	TypeUpdate       = "Update"
)

// Values of polder:results: when the counts of a poll may be shown.
const (
	ResultsAfterClose = "afterClose"
	ResultsInterim    = "interim"
	ResultsLive       = "live"
)

// IsActorType reports whether t is one of the five actor types.
func IsActorType(t string) bool {
	switch t {
	case TypeApplication, TypeGroup, TypeOrganization, TypePerson, TypeService:
		return true
	}
	return false
}

// IsContentType reports whether a Content-Type header names one of the two
// ActivityPub media types, with at most a charset of UTF-8 besides. A bare
// application/ld+json or application/json is not one: accepting those turns any
// uploaded file into a possible actor (CVE-2024-25623).
func IsContentType(header string) bool {
	kind, params, err := mime.ParseMediaType(header)
	if err != nil {
		return false
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return false
	}
	switch kind {
	case "application/activity+json":
		return true
	case "application/ld+json":
		return slices.Contains(strings.Fields(params["profile"]), "https://www.w3.org/ns/activitystreams")
	}
	return false
}
