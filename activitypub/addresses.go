// SPDX-License-Identifier: EUPL-1.2

package activitypub

import "slices"

// Addresses is to whom a document is addressed. The public collection is always
// written as the full IRI Public.
type Addresses struct {
	To, CC, Audience []string
}

// Addresses reads to, cc and audience, and takes "as:Public" and "Public" for
// the full IRI. Servers strip bto and bcc before sending; here they mean nothing.
func (d *Document) Addresses() Addresses {
	return Addresses{
		To:       normalPublic(d.IRIs("to")),
		CC:       normalPublic(d.IRIs("cc")),
		Audience: normalPublic(d.IRIs("audience")),
	}
}

func normalPublic(list []string) []string {
	for i, iri := range list {
		if iri == "as:Public" || iri == "Public" {
			list[i] = Public
		}
	}
	return list
}

// IsPublic reports whether everyone may see it, listed or not.
func (a Addresses) IsPublic() bool {
	return slices.Contains(a.To, Public) || slices.Contains(a.CC, Public)
}

// IsUnlisted reports whether everyone may see it but it stays out of public
// timelines: Public stands in cc only.
func (a Addresses) IsUnlisted() bool {
	return !slices.Contains(a.To, Public) && slices.Contains(a.CC, Public)
}

// Has reports whether iri is addressed in any of the three.
func (a Addresses) Has(iri string) bool {
	return slices.Contains(a.To, iri) || slices.Contains(a.CC, iri) || slices.Contains(a.Audience, iri)
}

// IsPublic reports whether everyone may see the document.
func (d *Document) IsPublic() bool { return d.Addresses().IsPublic() }

// IsUnlisted reports whether the document is public but unlisted.
func (d *Document) IsUnlisted() bool { return d.Addresses().IsUnlisted() }
