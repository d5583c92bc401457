// SPDX-License-Identifier: EUPL-1.2

package activitypub

// NamespaceContentType is the media type of NamespaceDocument.
const NamespaceContentType = "application/ld+json"

// NamespaceDocument is the full JSON-LD context of our vocabulary, served at
// /ns/v1 for readers that process JSON-LD: the terms of federation.md 11, bare as
// in our signed types and prefixed as on plain objects, and the names of the
// signed types (aggregation.md 6). Documents on the wire carry the shorter
// constants of contexts.go and never this address.
const NamespaceDocument = `{
  "@context": {
    "@version": 1.1,
    "@vocab": "https://w3id.org/polder/v1#",
    "id": "@id",
    "type": "@type",
    "polder": "https://w3id.org/polder/v1#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "Roster": "polder:Roster",
    "Tally": "polder:Tally",
    "Round": "polder:Round",
    "ConsensusShare": "polder:ConsensusShare",
    "RoundResult": "polder:RoundResult",
    "Checkpoint": "polder:Checkpoint",
    "Cosignature": "polder:Cosignature",
    "Evidence": "polder:Evidence",
    "answerDueAt": {"@id": "polder:answerDueAt", "@type": "xsd:dateTime"},
    "polder:answerDueAt": {"@type": "xsd:dateTime"},
    "areaCode": "polder:areaCode",
    "areaScheme": "polder:areaScheme",
    "body": "polder:body",
    "caseUrl": {"@id": "polder:caseUrl", "@type": "@id"},
    "polder:caseUrl": {"@type": "@id"},
    "charter": {"@id": "polder:charter", "@type": "@id"},
    "polder:charter": {"@type": "@id"},
    "closesAt": {"@id": "polder:closesAt", "@type": "xsd:dateTime"},
    "polder:closesAt": {"@type": "xsd:dateTime"},
    "consultation": {"@id": "polder:consultation", "@type": "@id"},
    "polder:consultation": {"@type": "@id"},
    "countedLevels": "polder:countedLevels",
    "data": {"@id": "polder:data", "@type": "@id"},
    "polder:data": {"@type": "@id"},
    "decidedAt": {"@id": "polder:decidedAt", "@type": "xsd:dateTime"},
    "polder:decidedAt": {"@type": "xsd:dateTime"},
    "decides": {"@id": "polder:decides", "@type": "@id"},
    "polder:decides": {"@type": "@id"},
    "definitionDigest": "polder:definitionDigest",
    "groupCount": {"@id": "polder:groupCount", "@type": "xsd:integer"},
    "polder:groupCount": {"@type": "xsd:integer"},
    "heads": {"@id": "polder:heads", "@type": "@id"},
    "polder:heads": {"@type": "@id"},
    "kind": "polder:kind",
    "level": "polder:level",
    "licence": {"@id": "polder:licence", "@type": "@id"},
    "polder:licence": {"@type": "@id"},
    "memberOf": {"@id": "polder:memberOf", "@type": "@id"},
    "polder:memberOf": {"@type": "@id"},
    "members": {"@id": "polder:members", "@type": "@id"},
    "polder:members": {"@type": "@id"},
    "method": "polder:method",
    "number": {"@id": "polder:number", "@type": "xsd:integer"},
    "polder:number": {"@type": "xsd:integer"},
    "officialLevels": "polder:officialLevels",
    "opensAt": {"@id": "polder:opensAt", "@type": "xsd:dateTime"},
    "polder:opensAt": {"@type": "xsd:dateTime"},
    "outcome": "polder:outcome",
    "partOf": {"@id": "polder:partOf", "@type": "@id"},
    "polder:partOf": {"@type": "@id"},
    "participants": "polder:participants",
    "phase": "polder:phase",
    "proposedBy": {"@id": "polder:proposedBy", "@type": "@id"},
    "polder:proposedBy": {"@type": "@id"},
    "reason": "polder:reason",
    "respondsTo": {"@id": "polder:respondsTo", "@type": "@id"},
    "polder:respondsTo": {"@type": "@id"},
    "resultOf": {"@id": "polder:resultOf", "@type": "@id"},
    "polder:resultOf": {"@type": "@id"},
    "results": "polder:results",
    "role": "polder:role",
    "stable": {"@id": "polder:stable", "@type": "xsd:boolean"},
    "polder:stable": {"@type": "xsd:boolean"},
    "stance": {"@id": "polder:stance", "@type": "xsd:integer"},
    "polder:stance": {"@type": "xsd:integer"},
    "state": "polder:state",
    "tallies": {"@id": "polder:tallies", "@type": "@id"},
    "polder:tallies": {"@type": "@id"},
    "tooi": {"@id": "polder:tooi", "@type": "@id"},
    "polder:tooi": {"@type": "@id"}
  }
}
`
