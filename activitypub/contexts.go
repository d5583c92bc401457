// SPDX-License-Identifier: EUPL-1.2

package activitypub

// The three contexts we write out in full in every top-level document. Their
// bytes are fixed by a golden test; nobody fetches or processes them at run time
// (federation.md 8, aggregation.md 5).
const (
	// ActorContext heads every actor.
	ActorContext Context = `["https://www.w3.org/ns/activitystreams","https://w3id.org/security/v1","https://www.w3.org/ns/cid/v1",{"polder":"https://w3id.org/polder/v1#","polder:memberOf":{"@type":"@id"},"polder:members":{"@type":"@id"},"polder:partOf":{"@type":"@id"},"polder:charter":{"@type":"@id"},"polder:tallies":{"@type":"@id"},"polder:heads":{"@type":"@id"},"toot":"http://joinmastodon.org/ns#","discoverable":"toot:discoverable","indexable":"toot:indexable","featured":{"@id":"toot:featured","@type":"@id"},"attributionDomains":"toot:attributionDomains","manuallyApprovesFollowers":"as:manuallyApprovesFollowers","schema":"http://schema.org#","PropertyValue":"schema:PropertyValue","value":"schema:value","implements":{"@id":"https://w3id.org/fep/844e/implements","@type":"@id","@container":"@list"},"hidesCcPublicFromUnauthedWeb":"https://gotosocial.org/ns#hidesCcPublicFromUnauthedWeb"}]`

	// ObjectContext heads every plain object, activity and collection.
	ObjectContext Context = `["https://www.w3.org/ns/activitystreams",{"polder":"https://w3id.org/polder/v1#","polder:consultation":{"@type":"@id"},"polder:respondsTo":{"@type":"@id"},"polder:decides":{"@type":"@id"},"polder:resultOf":{"@type":"@id"},"polder:proposedBy":{"@type":"@id"},"polder:caseUrl":{"@type":"@id"},"polder:data":{"@type":"@id"},"Hashtag":"as:Hashtag","votersCount":"http://joinmastodon.org/ns#votersCount","gts":"https://gotosocial.org/ns#","interactionPolicy":"gts:interactionPolicy","canReply":"gts:canReply","canLike":"gts:canLike","canAnnounce":"gts:canAnnounce","canQuote":"gts:canQuote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"fep8a8e":"https://w3id.org/fep/8a8e/","timezone":"fep8a8e:timezone","joinMode":"fep8a8e:joinMode","organizers":"fep8a8e:organizers","attendees":"fep8a8e:attendees","eventStatus":{"@id":"fep8a8e:eventStatus","@type":"@vocab"},"EventScheduled":"fep8a8e:EventScheduled","address":"https://schema.org/address","maximumAttendeeCapacity":"https://schema.org/maximumAttendeeCapacity"}]`

	// SignedContext heads every signed object of our own types, and the proof in it.
	SignedContext Context = `["https://www.w3.org/ns/activitystreams","https://w3id.org/security/data-integrity/v2",{"polder":"https://w3id.org/polder/v1#","@vocab":"https://w3id.org/polder/v1#"}]`
)
