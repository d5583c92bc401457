// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"errors"
	"fmt"
	"time"

	"polder/consensus"
	"polder/instance/store"
)

// Code classifies an Error; the web layer maps it to a status
// (spec: architecture.md 6).
type Code string

// The codes and their HTTP status.
const (
	CodeInvalid      Code = "invalid"      // 400
	CodeUnauthorized Code = "unauthorized" // 401
	CodeForbidden    Code = "forbidden"    // 403
	CodeNotFound     Code = "not_found"    // 404
	CodeConflict     Code = "conflict"     // 409
	CodeGone         Code = "gone"         // 410
	CodeTooLarge     Code = "too_large"    // 413
	CodeUnsupported  Code = "unsupported"  // 415
	CodeLimited      Code = "limited"      // 429
	CodeInternal     Code = "internal"     // 500
	CodeUnavailable  Code = "unavailable"  // 503
)

// Error is what a use case returns when it refuses or fails.
type Error struct {
	Code   Code
	Public string            // catalogue key of the sentence for people, such as "error.closed"
	Causes []consensus.Cause // why a guard refused, such as the charter fields that miss
	Retry  time.Duration     // for limited and unavailable: when to try again; zero is unknown
	Err    error             // internal cause; never shown
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s (%s): %v", e.Code, e.Public, e.Err)
	}
	return fmt.Sprintf("%s (%s)", e.Code, e.Public)
}

func (e *Error) Unwrap() error { return e.Err }

func refuse(code Code, public string, err error) *Error {
	return &Error{Code: code, Public: public, Err: err}
}

// AsError turns any error into an *Error. Errors of the domain and the store
// that carry a meaning of their own keep it; everything else is internal.
func AsError(err error) *Error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	var guard *consensus.GuardError
	if errors.As(err, &guard) {
		return &Error{Code: CodeInvalid, Public: "error.guard", Causes: guard.Causes, Err: err}
	}
	for _, m := range meanings {
		if errors.Is(err, m.err) {
			return refuse(m.code, m.public, err)
		}
	}
	return refuse(CodeInternal, "error.internal", err)
}

var meanings = []struct {
	err    error
	code   Code
	public string
}{
	{consensus.ErrClosed, CodeConflict, "error.closed"},
	{consensus.ErrStatementText, CodeInvalid, "error.statement-text"},
	{consensus.ErrTooFewVotes, CodeForbidden, "error.statement-votes"},
	{consensus.ErrFrozen, CodeConflict, "error.statement-frozen"},
	{consensus.ErrDuplicate, CodeConflict, "error.statement-duplicate"},
	{consensus.ErrReason, CodeInvalid, "error.statement-reason"},
	{consensus.ErrConvener, CodeConflict, "error.statement-convener"},
	{consensus.ErrTooMany, CodeConflict, "error.statement-full"},
	{consensus.ErrUnknownOption, CodeInvalid, "error.choice"},
	{consensus.ErrChoice, CodeInvalid, "error.choice"},
	{consensus.ErrUnknownQuestion, CodeConflict, "error.stale"},
	{consensus.ErrElsewhere, CodeForbidden, "error.level"},
	{consensus.ErrAlreadyVoted, CodeConflict, "error.already-voted"},
	{consensus.ErrLevel, CodeForbidden, "error.level"},
	{consensus.ErrNotEligible, CodeForbidden, "error.level"},
	{consensus.ErrCharter, CodeInvalid, "error.charter"},
	{consensus.ErrConflict, CodeConflict, "error.state"},
	{consensus.ErrForbidden, CodeForbidden, "error.forbidden"},
	{store.ErrNotFound, CodeNotFound, "error.not-found"},
	{store.ErrExists, CodeConflict, "error.exists"},
	{store.ErrFull, CodeUnavailable, "error.full"},
}
