// SPDX-License-Identifier: EUPL-1.2

package consensus

import (
	"errors"
	"strings"
)

// Why a ballot is refused.
var (
	// ErrClosed: outside the window, or the consultation is not open.
	ErrClosed = errors.New("voting is closed")
	// ErrElsewhere: this instance takes no ballots for the consultation.
	ErrElsewhere = errors.New("ballots are cast at another instance")
	// ErrNotEligible: the voter has no right to vote here.
	ErrNotEligible = errors.New("not entitled to vote")
	// ErrLevel: the definition does not count this level.
	ErrLevel = errors.New("this verification level does not take part")
	// ErrUnknownQuestion: the definition has no such question.
	ErrUnknownQuestion = errors.New("unknown question")
	// ErrUnknownOption: the question has no such option.
	ErrUnknownOption = errors.New("unknown option")
	// ErrChoice: known options in a combination the question does not allow.
	ErrChoice = errors.New("this combination of options is not allowed")
	// ErrAlreadyVoted: the first vote of this voter stands.
	ErrAlreadyVoted = errors.New("this voter has already voted")
	// ErrUnchanged: the same choice again. It is no failure for the voter:
	// the ballot that comes with it is the one that already counts.
	ErrUnchanged = errors.New("the same choice already counts")
)

// Why an event of a state machine is refused.
var (
	// ErrConflict: the event is not in the table of the present state (409).
	ErrConflict = errors.New("not possible in this state")
	// ErrForbidden: the actor lacks the role, or must be somebody else (403).
	ErrForbidden = errors.New("not allowed for this role")
	// ErrGuard: a condition of the step is not met (400). The error is always
	// a *GuardError that names every cause.
	ErrGuard = errors.New("conditions not met")
	// ErrCharter: the charter is not complete and correct. It is an ErrGuard.
	ErrCharter = errors.New("charter is not complete")
)

// Cause is one unmet condition of a guard.
type Cause struct {
	Code   string `json:"code"`            // stable, for example "charter-missing"
	Field  string `json:"field,omitempty"` // what it is about, for example "whyNow"
	Detail string `json:"detail"`          // English, for logs and the API
}

// GuardError reports every cause why a guard refused an event, so that a form
// can show them all at once.
type GuardError struct {
	Causes []Cause
}

// Error lists the causes.
func (e *GuardError) Error() string {
	parts := make([]string, len(e.Causes))
	for i, c := range e.Causes {
		parts[i] = c.Detail
		if c.Field != "" {
			parts[i] = c.Field + ": " + c.Detail
		}
	}
	return ErrGuard.Error() + ": " + strings.Join(parts, "; ")
}

// Is makes errors.Is(err, ErrGuard) true, and errors.Is(err, ErrCharter) when
// the charter is one of the causes.
func (e *GuardError) Is(target error) bool {
	if target == ErrGuard {
		return true
	}
	if target != ErrCharter {
		return false
	}
	for _, c := range e.Causes {
		if strings.HasPrefix(c.Code, "charter-") {
			return true
		}
	}
	return false
}

// Has reports whether one of the causes has this code.
func (e *GuardError) Has(code string) bool {
	for _, c := range e.Causes {
		if c.Code == code {
			return true
		}
	}
	return false
}

func guarded(causes []Cause) error {
	if len(causes) == 0 {
		return nil
	}
	return &GuardError{Causes: causes}
}
