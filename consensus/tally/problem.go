// SPDX-License-Identifier: EUPL-1.2

package tally

import "fmt"

// The codes of aggregation.md 7.6. F: invalid, not counted; W: counted and
// shown. F301 to F303, W203 and W302 need the ballot log.
const (
	CodeSchema          = "F101" // shape, limits, required fields
	CodeDefinition      = "F102" // digest of the definition
	CodeUnknown         = "F103" // unknown question, option or level
	CodeSigner          = "F104" // proof, key or signer wrong
	CodeChanged         = "F105" // other content under a known id
	CodeUnequal         = "F201" // options + blank differ from ballots (max = 1)
	CodeTooMany         = "F202" // sum exceeds max * ballots
	CodeOption          = "F203" // one option exceeds ballots
	CodeIssued          = "F204" // accepted > issued
	CodeEligible        = "F205" // issued > eligible
	CodeAccepted        = "F206" // accepted differs from the largest ballots
	CodeRoll            = "F207" // official accepted together exceed the roll
	CodeSmall           = "F208" // k rule broken
	CodeOverlap         = "F401" // covers overlap
	CodeSum             = "F402" // total differs from the sum of the inputs
	CodeNotInRoster     = "F403" // input not in the Roster
	CodeFuture          = "F-FUTURE"
	CodeBlank           = "W201" // many blank ballots
	CodeFell            = "W202" // total fell against the previous revision
	CodeBurst           = "W203" // more than 20 % of the ballots in one hour
	CodeUnanimous       = "W204" // unanimous cell
	CodeRestarted       = "W301" // log restarted
	CodeBranch          = "W-BRANCH"
	CodeSubtotal        = "W-SUBTOTAL"
	CodeFutureWarning   = "W-FUTURE"
	maxProblemsReported = 50
)

// Problem is one finding about a document. Path is a JSON pointer into it, ""
// for the whole. A Problem is what `Reject.result` carries.
type Problem struct {
	Code   string `json:"code"`
	Path   string `json:"path"`
	Detail string `json:"detail"`
}

// Error makes a Problem usable as an error.
func (p Problem) Error() string {
	if p.Path == "" {
		return p.Code + ": " + p.Detail
	}
	return p.Code + " at " + p.Path + ": " + p.Detail
}

// findings collects problems, at most maxProblemsReported of each kind so that
// a hostile document cannot make a long report.
type findings struct{ fails, warns []Problem }

func (f *findings) fail(code, path, format string, args ...any) {
	if len(f.fails) < maxProblemsReported {
		f.fails = append(f.fails, Problem{code, path, fmt.Sprintf(format, args...)})
	}
}

func (f *findings) warn(code, path, format string, args ...any) {
	if len(f.warns) < maxProblemsReported {
		f.warns = append(f.warns, Problem{code, path, fmt.Sprintf(format, args...)})
	}
}
