// SPDX-License-Identifier: EUPL-1.2

// Package fedapi serves what other servers read and write: actors, inboxes,
// outboxes, collections, polls, signed documents and the .well-known routes.
//
// It must not count or store anything: it turns requests into calls of
// instance.Service and the results into documents.
//
// Read routes.go first, then inbox.go.
package fedapi
