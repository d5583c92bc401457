// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"encoding/json"
	"fmt"
	"time"

	"polder/activitypub/proof"
	"polder/consensus"
)

// Context is the @context of every own signed object, the CTX of
// aggregation.md 5. It is inlined; nobody fetches contexts.
const Context = `["https://www.w3.org/ns/activitystreams","https://w3id.org/security/data-integrity/v2",{"polder":"https://w3id.org/polder/v1#","@vocab":"https://w3id.org/polder/v1#"}]`

// Public is the collection that stands for everybody.
const Public = "https://www.w3.org/ns/activitystreams#Public"

// The kinds of Tally.
const (
	KindDirect    = "direct"    // counted by the place itself
	KindAggregate = "aggregate" // added up from direct ones
	KindSealed    = "sealed"    // full counts of a direct one, for the convener only
)

// The statuses of a Tally (aggregation.md 6.3, 7.1).
const (
	StatusInterim     = consensus.TallyInterim
	StatusProvisional = consensus.TallyProvisional
	StatusFinal       = consensus.TallyFinal
	StatusCorrected   = consensus.TallyCorrected
	StatusWithdrawn   = consensus.TallyWithdrawn
)

// Ref names another signed document by revision and digest; ID is optional in
// `previous` and `corrects`.
type Ref struct {
	ID       string `json:"id,omitempty"`
	Digest   string `json:"digest"`
	Revision int64  `json:"revision"`
}

// Doc is a Tally as received: direct, aggregate or sealed. Raw holds the exact
// bytes, with every field this version does not know. Digest comes from Parse.
// Key is the Multikey whose proof was verified; the caller sets it (VerifyBy
// does), "" means nobody's.
type Doc struct {
	Raw    []byte `json:"-"`
	Digest string `json:"-"`
	Key    string `json:"-"`

	Type               string       `json:"type"`
	Kind               string       `json:"kind"`
	ID                 string       `json:"id"`
	AttributedTo       string       `json:"attributedTo"`
	To                 Addresses    `json:"to"`
	CC                 Addresses    `json:"cc"`
	Context            string       `json:"context"`
	Consultation       string       `json:"consultation"`
	ConsultationDigest string       `json:"consultationDigest"`
	Area               string       `json:"area"`
	AreaScheme         string       `json:"areaScheme"`
	Epoch              int64        `json:"epoch"`
	Revision           int64        `json:"revision"` // hybrid logical clock, see NextRevision
	Previous           *Ref         `json:"previous"`
	Status             string       `json:"status"`
	Corrects           *Ref         `json:"corrects"`
	Reason             string       `json:"reason"`
	Period             Period       `json:"period"`
	Published          time.Time    `json:"published"` // display only
	Log                []LogRef     `json:"log"`
	Register           *RegisterRef `json:"register"`
	Questions          []Question   `json:"questions"`
	Turnout            *Turnout     `json:"turnout"`
	Excluded           Excluded     `json:"excluded"`
	Withheld           bool         `json:"withheld"`
	Sealed             string       `json:"sealed"` // digest of the sealed companion
	Nonce              string       `json:"nonce"`  // of a sealed tally
	Policy             *Policy      `json:"policy"`
	Software           string       `json:"software"`

	// Aggregate only.
	Covers     []string     `json:"covers"`
	Inputs     []Input      `json:"inputs"`
	NotCounted []NotCounted `json:"notCounted"`
	SealedSum  *SealedSum   `json:"sealedSum"`
	Roster     *Ref         `json:"roster"`
	Coverage   *Coverage    `json:"coverage"`
}

// Period is the window in which ballots were accepted.
type Period struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// LogRef names the state of a ballot log a tally was counted from.
type LogRef struct {
	Origin     string `json:"origin"`
	Size       int64  `json:"size"`
	Checkpoint string `json:"checkpoint"`
}

// RegisterRef names the state of the instance's register.
type RegisterRef struct {
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	Root   string `json:"root"`
}

// Excluded counts what the log holds but the tally leaves out.
type Excluded struct {
	Void       map[string]int64 `json:"void"` // reason -> leaves
	Superseded int64            `json:"superseded"`
	Erased     int64            `json:"erased"`
}

// Policy is the small number rule the tally was made under.
type Policy struct {
	K int64 `json:"k"`
}

// Question holds the counts of one question. Every map is keyed by the key of a
// published group: a level, or merged levels joined by '+'. Interim tallies may
// have options for no group, or for some only.
type Question struct {
	ID      string           `json:"id"`
	Max     int64            `json:"max"`
	Options []Option         `json:"options,omitempty"`
	Blank   map[string]int64 `json:"blank,omitempty"`
	Ballots map[string]int64 `json:"ballots"`
	Groups  []Group          `json:"groups"`
	Hidden  []Group          `json:"hidden"`
}

// Option holds the counts of one option per group: N for choices, Scores for a
// score question (how many ballots gave 0, 1, 2, 3, 4 and 5 points). On the wire
// both are `n`.
type Option struct {
	ID     string
	N      map[string]int64
	Scores map[string][6]int64
}

// Turnout holds who could and did take part. Eligible and Issued are keyed by
// level, Accepted by the key of a group in Groups.
type Turnout struct {
	Eligible map[string]int64 `json:"eligible"`
	Issued   map[string]int64 `json:"issued"`
	Accepted map[string]int64 `json:"accepted"`
	Groups   []Group          `json:"groups"`
	Hidden   []Group          `json:"hidden"`
}

// Input names one direct tally an aggregate counts. Checks holds the letters of
// what the aggregator checked: S signature by a pinned key, A arithmetic, L log
// with quorum, R re-tallied from openings. Sealed: hidden counts of the area are
// in SealedSum.
type Input struct {
	Area     string `json:"area"`
	ID       string `json:"id"`
	Digest   string `json:"digest"`
	Epoch    int64  `json:"epoch"`
	Revision int64  `json:"revision"`
	Status   string `json:"status"`
	Checks   string `json:"checks"`
	Sealed   bool   `json:"sealed"`
}

// The reasons of NotCounted.Why.
const (
	WhyNoReport          = "no-report"
	WhyDisputed          = "disputed"
	WhyInvalid           = "invalid"
	WhySuspended         = "suspended"
	WhyWithheld          = "withheld"
	WhyAssignedElsewhere = "assigned-elsewhere"
	WhyExcluded          = "excluded"
)

// NotCounted names an area that is missing from a total and why. Last is its
// newest known tally, nil if there is none.
type NotCounted struct {
	Area string `json:"area"`
	Why  string `json:"why"`
	Last *Ref   `json:"last"`
}

// SealedSum adds counts that are hidden in their own areas (aggregation.md 9.5).
// Areas and Digests run in parallel; Digests name the sealed tallies.
type SealedSum struct {
	Areas     []string   `json:"areas"`
	Digests   []string   `json:"digests"`
	Questions []Question `json:"questions"`
	Turnout   Turnout    `json:"turnout"`
}

// Coverage says how much of a network a total holds (aggregation.md 7.5).
// Eligible numbers come from the Roster.
type Coverage struct {
	Expected         int64 `json:"expected"`
	Reported         int64 `json:"reported"`
	Final            int64 `json:"final"`
	Eligible         int64 `json:"eligible"`
	EligibleReported int64 `json:"eligibleReported"`
}

// Final reports whether the tally is its maker's last word: final or corrected.
func (d *Doc) Final() bool { return d.Status == StatusFinal || d.Status == StatusCorrected }

// Question finds a question by id.
func (d *Doc) Question(id string) (*Question, bool) { return findQuestion(d.Questions, id) }

func findQuestion(list []Question, id string) (*Question, bool) {
	for i := range list {
		if list[i].ID == id {
			return &list[i], true
		}
	}
	return nil, false
}

// VerifyBy checks the proof against each Multikey in turn and records the one
// that made it in Key. Which keys may have signed is the Roster's decision.
func (d *Doc) VerifyBy(keys ...string) error {
	key, err := proof.VerifyBy(d.Raw, d.AttributedTo, keys)
	if err != nil {
		return fmt.Errorf("verify tally %s: %w", d.ID, err)
	}
	d.Key = key
	return nil
}

// Addresses is `to` or `cc`: one IRI or a list of them.
type Addresses []string

// UnmarshalJSON reads a string, an array of strings or null.
func (a *Addresses) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		var one string
		if err := json.Unmarshal(raw, &one); err != nil {
			return err
		}
		*a = Addresses{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(a))
}

type optionWire struct {
	ID string          `json:"id"`
	N  json.RawMessage `json:"n"`
}

// MarshalJSON writes the option with N or Scores as `n`.
func (o Option) MarshalJSON() ([]byte, error) {
	var n any = o.N
	if o.Scores != nil {
		n = o.Scores
	}
	raw, err := json.Marshal(n)
	if err != nil {
		return nil, err
	}
	return json.Marshal(optionWire{o.ID, raw})
}

// UnmarshalJSON reads `n` as counts, or as six counters per group.
func (o *Option) UnmarshalJSON(raw []byte) error {
	var w optionWire
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	o.ID, o.N, o.Scores = w.ID, nil, nil
	if json.Unmarshal(w.N, &o.N) == nil {
		return nil
	}
	var lists map[string][]int64
	if err := json.Unmarshal(w.N, &lists); err != nil {
		return err
	}
	o.N, o.Scores = nil, make(map[string][6]int64, len(lists))
	for key, list := range lists {
		if len(list) != 6 {
			return fmt.Errorf("option %s has %d counters for %s, 6 are needed", o.ID, len(list), key)
		}
		o.Scores[key] = [6]int64(list)
	}
	return nil
}
