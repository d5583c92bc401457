// SPDX-License-Identifier: EUPL-1.2

package pages

import "time"

// VerificationView is GET /about/verification: how votes are counted, what
// can be checked and what is not promised (aggregation.md 2.2).
type VerificationView struct {
	Verify       string // example command line for this instance
	Fingerprints []Fingerprint
}

// Template names the page.
func (VerificationView) Template() string { return "verification" }

// Fingerprint is a public key in 16 blocks of 4 hex digits.
type Fingerprint struct {
	Role string // tally, log, receipt, witness
	Key  string // "3f1c 22aa ..."
}

// AccessibilityView is GET /accessibility.
type AccessibilityView struct {
	Status  string // A..E, "" = not tested yet
	Date    time.Time
	Report  string
	Contact string
}

// Template names the page.
func (AccessibilityView) Template() string { return "accessibility" }

// PrivacyView is GET /privacy.
type PrivacyView struct {
	Officer string // contact of the data protection officer, "" = Site.Contact
}

// Template names the page.
func (PrivacyView) Template() string { return "privacy" }

// RulesView is GET /house-rules.
type RulesView struct{}

// Template names the page.
func (RulesView) Template() string { return "rules" }

// ErrorView is any error as a page: what happened, what to do, request id.
// Code is a code of architecture.md 6: invalid, unauthorized, forbidden,
// not_found, conflict, gone, too_large, unsupported, limited, internal,
// unavailable.
type ErrorView struct {
	Code      string
	Detail    *Message // instance.Error.Public, when there is one
	RequestID string
	Retry     int // seconds, for limited and unavailable; 0 = unknown
}

// Template names the page.
func (ErrorView) Template() string { return "error" }
