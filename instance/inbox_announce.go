// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"

	"polder/activitypub"
)

// handleAnnounce never trusts what is embedded. An aggregator announces the
// tallies it accepted; such a tally is fetched, checked and kept like one that
// came directly, so that the two branches of a fork can meet.
func (s *Service) handleAnnounce(ctx context.Context, in received) error {
	object := in.doc.IRI("object")
	if object == "" || s.Owns(object) {
		return nil
	}
	known, err := s.isInNetwork(ctx, in.actor)
	if err != nil || !known {
		return err
	}
	raw, err := s.client.GetObject(ctx, object, s.fetchSigner())
	if err != nil {
		return nil // the source may be down; pull and the aggregator's copy remain
	}
	doc, err := activitypub.Parse(raw)
	if err != nil || !isSignedType(doc.Type()) {
		return nil
	}
	return s.takeSigned(ctx, doc, hostOf(in.actor))
}
