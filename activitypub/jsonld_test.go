// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/piprate/json-gold/ld"
)

// offlineContexts answers for the published contexts from testdata/contexts.
type offlineContexts struct{ t testing.TB }

func (o offlineContexts) LoadDocument(u string) (*ld.RemoteDocument, error) {
	files := map[string]string{
		"https://www.w3.org/ns/activitystreams":       "activitystreams",
		"https://w3id.org/security/v1":                "security-v1",
		"https://www.w3.org/ns/cid/v1":                "cid-v1",
		"https://w3id.org/security/data-integrity/v2": "data-integrity-v2",
	}
	raw := []byte(NamespaceDocument)
	if u != Capability {
		if files[u] == "" {
			return nil, fmt.Errorf("no context for %s", u)
		}
		raw = read(o.t, "contexts/"+files[u]+".jsonld")
	}
	var doc any
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, err
	}
	return &ld.RemoteDocument{DocumentURL: u, Document: doc}, nil
}

// expand is the JSON-LD expansion of a document, as JSON text.
func expand(t testing.TB, doc string) string {
	t.Helper()
	var in any
	if err := json.Unmarshal([]byte(doc), &in); err != nil {
		t.Fatal(err)
	}
	opts := ld.NewJsonLdOptions("")
	opts.DocumentLoader = offlineContexts{t}
	out, err := ld.NewJsonLdProcessor().Expand(in, opts)
	if err != nil {
		t.Fatalf("expanding: %v", err)
	}
	raw, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// outsideContext are members we write for readers of plain JSON that no context
// of ours defines: FEP-2c59, blurhash, the levels of polder:participants, and the
// result of a Reject between capable peers.
var outsideContext = map[string]bool{
	"webfinger": true, "blurhash": true, "fediverse": true, "code": true, "paper": true, "path": true, "detail": true,
}

var meaningless = regexp.MustCompile(`"_:([^"]*)"`)

// Every member of every document we write means something to a JSON-LD reader:
// it expands to an absolute IRI and is not dropped.
func TestOutputExpands(t *testing.T) {
	for name := range ours(t) {
		if strings.HasSuffix(name, "_context") || strings.HasPrefix(name, "offer") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			doc := golden(t, name)
			out := expand(t, doc)
			for _, m := range meaningless.FindAllStringSubmatch(out, -1) {
				if !outsideContext[m[1]] {
					t.Errorf("%q has no meaning", m[1])
				}
			}
			var tree any
			if err := json.Unmarshal([]byte(doc), &tree); err != nil {
				t.Fatal(err)
			}
			for _, key := range memberNames(tree, nil) {
				if !outsideContext[key] && !strings.Contains(out, expectedIRI(key)) {
					t.Errorf("%q is dropped; looked for %s", key, expectedIRI(key))
				}
			}
		})
	}
}

// memberNames collects the names of all members except those inside contexts and
// language maps.
func memberNames(v any, names []string) []string {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			names = memberNames(item, names)
		}
	case map[string]any:
		for k, item := range v {
			names = append(names, k)
			if k != "@context" && k != "contentMap" && k != "polder:participants" {
				names = memberNames(item, names)
			}
		}
	}
	return names
}

// expectedIRI is what the name of a member must turn into, as it stands in the
// expanded text.
func expectedIRI(key string) string {
	const as = "https://www.w3.org/ns/activitystreams#"
	special := map[string]string{
		"@context": "", "id": `"@id"`, "type": `"@type"`,
		"contentMap": `{"@language":"nl"`, "orderedItems": as + "items", "inbox": "http://www.w3.org/ns/ldp#inbox",
		"publicKey": "https://w3id.org/security#publicKey", "owner": "https://w3id.org/security#owner",
		"publicKeyPem": "https://w3id.org/security#publicKeyPem", "assertionMethod": "https://w3id.org/security#assertionMethod",
		"controller": "https://w3id.org/security#controller", "publicKeyMultibase": "https://w3id.org/security#publicKeyMultibase",
		"featured": "http://joinmastodon.org/ns#featured", "discoverable": "http://joinmastodon.org/ns#discoverable",
		"indexable": "http://joinmastodon.org/ns#indexable", "attributionDomains": "http://joinmastodon.org/ns#attributionDomains",
		"votersCount": "http://joinmastodon.org/ns#votersCount", "value": "http://schema.org#value",
		"implements":                   "https://w3id.org/fep/844e/implements",
		"hidesCcPublicFromUnauthedWeb": "https://gotosocial.org/ns#hidesCcPublicFromUnauthedWeb",
		"interactionPolicy":            "https://gotosocial.org/ns#interactionPolicy",
		"canReply":                     "https://gotosocial.org/ns#canReply", "canLike": "https://gotosocial.org/ns#canLike",
		"canAnnounce": "https://gotosocial.org/ns#canAnnounce", "canQuote": "https://gotosocial.org/ns#canQuote",
		"automaticApproval": "https://gotosocial.org/ns#automaticApproval",
		"address":           "https://schema.org/address", "maximumAttendeeCapacity": "https://schema.org/maximumAttendeeCapacity",
	}
	for _, k := range []string{"timezone", "joinMode", "organizers", "attendees", "eventStatus"} {
		special[k] = "https://w3id.org/fep/8a8e/" + k
	}
	if iri, ok := special[key]; ok {
		return iri
	}
	if term, ok := strings.CutPrefix(key, "polder:"); ok {
		return Namespace + term
	}
	return as + key
}

// Ids in polder properties are ids to a JSON-LD reader too, not text.
func TestPolderIDsExpandToIDs(t *testing.T) {
	for name, want := range map[string][]string{
		"instance":         {`"` + Namespace + `memberOf":[{"@id":"` + tG + `/actor"}]`, `"` + Namespace + `heads":[{"@id":`},
		"consultation":     {`"` + Namespace + `partOf":[{"@id":`, `"` + Namespace + `charter":[{"@id":`, `"` + Namespace + `tallies":[{"@id":`},
		"decision":         {`"` + Namespace + `decides":[{"@id":`, `"` + Namespace + `caseUrl":[{"@id":`},
		"answer":           {`"` + Namespace + `respondsTo":[{"@id":`, `"` + Namespace + `consultation":[{"@id":`},
		"consensus_report": {`"` + Namespace + `resultOf":[{"@id":`, `"` + Namespace + `data":[{"@id":`},
		"argument":         {`"` + Namespace + `proposedBy":[{"@id":"` + tA + `"}]`},
	} {
		out := expand(t, golden(t, name))
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%s: no %s in %s", name, w, out)
			}
		}
	}
}

// The signed context gives the bare terms of our own types the same names, and
// so does the document at /ns/v1.
func TestOwnTypesExpand(t *testing.T) {
	body := `,"id":"https://a.example/t","type":"Tally","attributedTo":"https://a.example/actor","area":"GM0037","consultation":"https://a.example/c",
		"questions":[{"id":"https://a.example/q1","max":1}],"proof":{"type":"DataIntegrityProof","cryptosuite":"eddsa-jcs-2022","created":"2026-11-24T09:00:00Z",
		"verificationMethod":"https://a.example/actor#tally-1","proofPurpose":"assertionMethod","proofValue":"zabc"}}`
	full := `["https://www.w3.org/ns/activitystreams","https://w3id.org/security/data-integrity/v2","` + Capability + `"]`
	for _, ctx := range []string{string(SignedContext), full} {
		out := expand(t, `{"@context":`+ctx+body)
		for _, want := range []string{`"@type":["` + Namespace + `Tally"]`, `"` + Namespace + `area":`, `"` + Namespace + `consultation":`,
			`"` + Namespace + `max":`, "https://w3id.org/security#proofValue", "https://www.w3.org/ns/activitystreams#attributedTo"} {
			if !strings.Contains(out, want) {
				t.Errorf("context %.60s…: no %s in %s", ctx, want, out)
			}
		}
	}
}
