// SPDX-License-Identifier: EUPL-1.2

package consensus

import "time"

// EventKind is what happens to a consultation (spec: product.md 4.1).
type EventKind string

// The events of the table, and two for members of a joint consultation: adopt
// makes the local copy of a canonical consultation (product.md 11), followDates
// takes over the dates of a newer Roster, which are the convener's.
const (
	EventCreate         EventKind = "create"
	EventSubmit         EventKind = "submit"
	EventReturn         EventKind = "return"
	EventApprove        EventKind = "approve"
	EventStart          EventKind = "start"       // clock
	EventChangeDates    EventKind = "changeDates" // only later
	EventCloseNow       EventKind = "closeNow"
	EventSuspend        EventKind = "suspend"
	EventResume         EventKind = "resume"
	EventEndInput       EventKind = "endInput" // clock
	EventPublishAnswers EventKind = "publishAnswers"
	EventExtend         EventKind = "extend" // the answer
	EventDecide         EventKind = "decide"
	EventEvaluate       EventKind = "evaluate"
	EventClose          EventKind = "close" // clock
	EventArchive        EventKind = "archive"
	EventCancel         EventKind = "cancel"
	EventAdopt          EventKind = "adopt"
	EventFollowDates    EventKind = "followDates" // clock
)

// Event is one event with what its guard has to know. Fields that the kind does
// not name are ignored.
type Event struct {
	Kind   EventKind
	Reason string // return, approve at short notice, changeDates, closeNow, suspend, resume, extend, cancel
	Dev    bool   // the instance was started with -dev

	Phases []Phase // changeDates: the whole new schedule
	Dates  Dates   // adopt, followDates: those of the Roster
	Digest string  // adopt: the canonical consultationDigest
	Second *Actor  // closeNow: who approved it
	Days   int     // extend: 1 to 28

	Answers      int       // publishAnswers: number of answers
	Unanswered   []string  // publishAnswers: visible contributions outside every answer group
	Decision     *Decision // decide
	OpenPromises int       // close: commitments neither delivered nor dropped
}

// Dates are the deadlines of a Roster; OpensAt is that of the definition's first
// vote phase and stays as it is when zero.
type Dates struct {
	OpensAt, ClosesAt, TallyBy, ObjectionUntil time.Time
}

// Decision is what the guard of decide looks at.
type Decision struct {
	None        bool   // "no decision", with Reason
	Reason      string //
	Commitments []CommitmentTerms
}

// CommitmentTerms are the obligatory parts of a commitment.
type CommitmentTerms struct {
	Text  string
	Owner string
	DueAt time.Time
}

// EffectKind is something the instance has to do after a step, in the same
// transaction where it can be.
type EffectKind string

// The effects.
const (
	EffectTellAuthor          EffectKind = "tellAuthor"          // returned, with reason
	EffectFreeze              EffectKind = "freeze"              // definition and charter text are fixed from here
	EffectPublishConsultation EffectKind = "publishConsultation" // Group actor and pinned lead Note
	EffectPublishRoster       EffectKind = "publishRoster"       // convener: new Roster with the dates of the consultation
	EffectInviteMembers       EffectKind = "inviteMembers"       // convener: members adopt
	EffectOpenLog             EffectKind = "openLog"             // first leaf `open`
	EffectPublishUpdate       EffectKind = "publishUpdate"       // followers are told, with reason
	EffectRefuseWrites        EffectKind = "refuseWrites"        // instruments answer that they are suspended
	EffectAcceptWrites        EffectKind = "acceptWrites"        //
	EffectAskConvener         EffectKind = "askConvener"         // lost time can only be given back by the Roster
	EffectLockInstruments     EffectKind = "lockInstruments"     // read-only from here
	EffectStartCount          EffectKind = "startCount"          // flush
	EffectStartAnswerClock    EffectKind = "startAnswerClock"    // due at At; reminders: Reminders
	EffectPublishAnswers      EffectKind = "publishAnswers"      //
	EffectPublishDecision     EffectKind = "publishDecision"     //
	EffectOpenSurvey          EffectKind = "openSurvey"          // evaluation due at At
	EffectPublishEvaluation   EffectKind = "publishEvaluation"   //
	EffectWriteArchive        EffectKind = "writeArchive"        // package and hash
	EffectReducePersonalData  EffectKind = "reducePersonalData"  //
	EffectPublishCancellation EffectKind = "publishCancellation" //
)

// Effect is one thing to do, with the public reason and the date if it has one.
type Effect struct {
	Kind   EffectKind
	Reason string
	At     time.Time
}

// HasEffect reports whether the list holds an effect of this kind.
func HasEffect(effects []Effect, kind EffectKind) bool {
	for _, e := range effects {
		if e.Kind == kind {
			return true
		}
	}
	return false
}
