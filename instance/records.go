// SPDX-License-Identifier: EUPL-1.2

package instance

import "polder/instance/store"

// The records that use cases take and return, under the name of this package:
// the web layer knows them, but not the store they come from.
type (
	Consultation    = store.Consultation
	Invitee         = store.Invitee
	Poll            = store.Poll
	Joining         = store.Joining
	Membership      = store.Membership
	Ballot          = store.Ballot
	Delivery        = store.Delivery
	Peer            = store.Peer
	PeerLine        = store.PeerLine
	Acknowledgement = store.Acknowledgement
	AuditEntry      = store.AuditEntry
)
