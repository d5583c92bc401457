// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"polder/activitypub/proof"
)

// The roles of a Roster member: only leaves are counted, hubs only pin keys.
const (
	RoleLeaf = "leaf"
	RoleHub  = "hub"
)

// The statuses of a Roster member. They explain; Member.Count decides.
const (
	MemberInvited   = "invited"
	MemberActive    = "active"
	MemberSuspended = "suspended"
	MemberWithdrawn = "withdrawn"
	MemberExpelled  = "expelled"
	MemberSucceeded = "succeeded"
)

// The values of Member.Count; CountFrozen is followed by a digest.
const (
	CountLatest  = "latest"
	CountExclude = "exclude"
	CountFrozen  = "frozen:"
)

// Roster says who may report, by which keys, until when: the convener's signed
// list (aggregation.md 6.5). Key is the Multikey whose proof was verified.
type Roster struct {
	Raw    []byte `json:"-"`
	Digest string `json:"-"`
	Key    string `json:"-"`

	Type               string    `json:"type"`
	ID                 string    `json:"id"`
	AttributedTo       string    `json:"attributedTo"` // the convener's instance actor
	To                 Addresses `json:"to"`
	Context            string    `json:"context"`
	Revision           int64     `json:"revision"`
	Previous           *Ref      `json:"previous"`
	ConsultationDigest string    `json:"consultationDigest"`
	RollDate           string    `json:"rollDate"` // 2026-11-01
	AreaScheme         string    `json:"areaScheme"`
	Members            []Member  `json:"members"`
	WitnessQuorum      int       `json:"witnessQuorum"`
	Auditors           []Auditor `json:"auditors"`
	Quorum             Quorum    `json:"quorum"`
	Deadlines          Deadlines `json:"deadlines"`
}

// Member is one place or hub. Eligible is its roll on the roll date. Parent is
// the actor of the hub that adds it up.
type Member struct {
	Area      string               `json:"area"`
	Role      string               `json:"role"`
	Actor     string               `json:"actor"`
	Status    string               `json:"status"`
	Count     string               `json:"count"`
	Epoch     int64                `json:"epoch"`
	Parent    string               `json:"parent"`
	Keys      MemberKeys           `json:"keys"`
	Distrust  []Distrust           `json:"distrust"`
	Witnesses []string             `json:"witnesses"`
	Cutoffs   map[string]time.Time `json:"cutoffs"`
	Eligible  int64                `json:"eligible"`
	Since     time.Time            `json:"since"`
	Reason    string               `json:"reason"`
}

// MemberKeys pins the keys of a member: Multikeys for tallies, verifier keys of
// signed notes for log and witness.
type MemberKeys struct {
	Tally   []string     `json:"tally"`
	Log     []string     `json:"log"`
	Witness []string     `json:"witness"`
	Retired []RetiredKey `json:"retired"`
}

// RetiredKey still vouches for tallies up to LastRevision.
type RetiredKey struct {
	Key          string `json:"key"`
	LastRevision int64  `json:"lastRevision"`
}

// Distrust voids everything a compromised key signed but the digests in Keep.
type Distrust struct {
	Key  string   `json:"key"`
	Keep []string `json:"keep"`
}

// Auditor may read openings and restricted blobs.
type Auditor struct {
	Name  string `json:"name"`
	Actor string `json:"actor"`
}

// Quorum says when a total may become final without everybody.
type Quorum struct {
	Members          int64 `json:"members"`
	EligiblePermille int64 `json:"eligiblePermille"`
}

// Deadlines are the dates of a consultation; they may only be extended.
type Deadlines struct {
	ClosesAt       time.Time `json:"closesAt"`
	TallyBy        time.Time `json:"tallyBy"`
	ObjectionUntil time.Time `json:"objectionUntil"`
}

// ParseRoster reads a Roster and checks its limits, its types and the rules of
// aggregation.md 6.5. A broken one gives a Problem F101.
func ParseRoster(raw []byte) (*Roster, error) {
	digest, err := readable(raw, rosterFields)
	if err != nil {
		return nil, err
	}
	r := &Roster{Raw: bytes.Clone(raw), Digest: digest}
	if err := json.Unmarshal(raw, r); err != nil {
		return nil, Problem{CodeSchema, "", err.Error()}
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	return r, nil
}

// VerifyBy checks the proof against each Multikey of the convener in turn and
// records the one that made it in Key.
func (r *Roster) VerifyBy(keys ...string) error {
	key, err := proof.VerifyBy(r.Raw, r.AttributedTo, keys)
	if err != nil {
		return fmt.Errorf("verify roster %s: %w", r.ID, err)
	}
	r.Key = key
	return nil
}

// Ref names the Roster.
func (r *Roster) Ref() Ref { return Ref{ID: r.ID, Digest: r.Digest, Revision: r.Revision} }

// Member finds the member of an area.
func (r *Roster) Member(area string) (*Member, bool) {
	for i := range r.Members {
		if r.Members[i].Area == area {
			return &r.Members[i], true
		}
	}
	return nil, false
}

// MemberByActor finds the member with an instance actor.
func (r *Roster) MemberByActor(actor string) (*Member, bool) {
	for i := range r.Members {
		if r.Members[i].Actor == actor {
			return &r.Members[i], true
		}
	}
	return nil, false
}

// Leaves lists the counted members in Roster order: all of them for parent "",
// else those below that hub, also through other hubs.
func (r *Roster) Leaves(parent string) []*Member {
	var out []*Member
	for i := range r.Members {
		m := &r.Members[i]
		if m.Role == RoleLeaf && (parent == "" || r.below(m, parent)) {
			out = append(out, m)
		}
	}
	return out
}

// below follows parents upwards; the bound ends a circle.
func (r *Roster) below(m *Member, hub string) bool {
	for range 8 {
		if m.Parent == hub {
			return true
		}
		next, ok := r.MemberByActor(m.Parent)
		if !ok || next.Role != RoleHub {
			return false
		}
		m = next
	}
	return false
}

// PinnedKeys lists the Multikeys whose proof may count for the member: current
// and retired ones.
func (m *Member) PinnedKeys() []string {
	keys := append([]string(nil), m.Keys.Tally...)
	for _, k := range m.Keys.Retired {
		keys = append(keys, k.Key)
	}
	return keys
}
