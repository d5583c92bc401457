// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"polder/activitypub"
	"polder/consensus/tally"
	"polder/instance/store"
)

// Heads is the small document that other instances poll: what we published and
// what we hold of others (spec: aggregation.md 7.2).
type Heads struct {
	Rosters []RosterHead `json:"rosters"`
	Tallies []TallyHead  `json:"tallies"`
	Rounds  []RoundHead  `json:"rounds"`
	Held    []TallyHead  `json:"held"`
	Logs    []struct{}   `json:"logs"`
	Lists   []ListHead   `json:"lists,omitempty"` // of statements, in joint consultations that we convene
	Sum     string       `json:"sum"`
}

// RosterHead names the newest Roster of a consultation that we convene.
type RosterHead struct {
	Context  string `json:"context"`
	Revision int64  `json:"revision"`
	Digest   string `json:"digest"`
}

// RoundHead names the open step of the opinion rounds that we convene.
type RoundHead struct {
	Context string `json:"context"`
	Epoch   int64  `json:"epoch"`
	Step    int64  `json:"step"`
	Digest  string `json:"digest"`
	Result  string `json:"result,omitempty"` // digest of the newest result with groups
}

// TallyHead names the newest tally of one area. Tallies are ours; Held are
// those of others, with the address of our byte-exact copy.
type TallyHead struct {
	Context  string `json:"context"`
	Area     string `json:"area"`
	Epoch    int64  `json:"epoch"`
	Revision int64  `json:"revision"`
	Digest   string `json:"digest"`
	Kind     string `json:"kind,omitempty"`
	List     string `json:"list,omitempty"` // own: collection that holds it
	Copy     string `json:"copy,omitempty"` // held: where we serve it
}

// Heads builds the document.
func (s *Service) Heads(ctx context.Context) (*Heads, error) {
	h := &Heads{Rosters: []RosterHead{}, Tallies: []TallyHead{}, Rounds: []RoundHead{}, Held: []TallyHead{}, Logs: []struct{}{}}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		for row, err := range tx.Consultations.List("") {
			if err != nil {
				return err
			}
			con := row.Value
			if !published(&con) || con.Definition == nil {
				continue
			}
			if err := errors.Join(h.addList(tx, &con), s.headsOf(tx, &con, h)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("heads: %w", err))
	}
	h.Sum = h.sum()
	return h, nil
}

func (s *Service) headsOf(tx *store.Tx, con *store.Consultation, h *Heads) error {
	newest := map[string]store.Signed{}
	for _, kind := range []string{"Roster", "Tally"} {
		if err := newestSigned(tx, con.Root, kind, newest); err != nil {
			return err
		}
	}
	if st, err := roundsIn(tx, con.ID); err != nil {
		return err
	} else if con.Convener && st.Open != "" {
		h.Rounds = append(h.Rounds, RoundHead{con.Root, st.Epoch, st.Step, st.Open, st.Result})
	}
	for _, d := range newest {
		head := TallyHead{Context: d.Context, Area: d.Area, Epoch: d.Epoch, Revision: d.Revision, Digest: d.Digest, Kind: d.Kind}
		switch {
		case d.Type == "Roster" && d.Own:
			h.Rosters = append(h.Rosters, RosterHead{d.Context, d.Revision, d.Digest})
		case d.Type == "Roster":
		case d.Own:
			head.List = s.Consultation(con.Slug) + "/tallies"
			h.Tallies = append(h.Tallies, head)
		default:
			head.Copy = s.copyURL(con.Slug, d.Digest)
			h.Held = append(h.Held, head)
		}
	}
	return nil
}

// newestSigned finds the newest document of each kind and area.
func newestSigned(tx *store.Tx, root, typ string, newest map[string]store.Signed) error {
	for row, err := range tx.Signed.By("chain", store.ChainPrefix(root, typ)) {
		if err != nil {
			return err
		}
		d := row.Value
		if d.Kind == tally.KindSealed {
			continue
		}
		key := d.Type + d.Kind + d.Area
		if old, ok := newest[key]; !ok || d.Epoch > old.Epoch || d.Epoch == old.Epoch && d.Revision >= old.Revision {
			newest[key] = d
		}
	}
	return nil
}

// copyURL is where the byte-exact copy of an input is served.
func (s *Service) copyURL(slug, digest string) string {
	return s.Consultation(slug) + "/inputs/" + strings.TrimPrefix(digest, "sha256:")
}

// sum orders the lists and digests their lines.
func (h *Heads) sum() string {
	var lines []string
	slices.SortFunc(h.Rosters, func(a, b RosterHead) int { return compareStrings(a.Context, b.Context) })
	for _, r := range h.Rosters {
		lines = append(lines, fmt.Sprintf("roster %s %d %s", r.Context, r.Revision, r.Digest))
	}
	slices.SortFunc(h.Rounds, func(a, b RoundHead) int { return compareStrings(a.Context, b.Context) })
	for _, r := range h.Rounds {
		lines = append(lines, fmt.Sprintf("round %s %d %d %s %s", r.Context, r.Epoch, r.Step, r.Digest, r.Result))
	}
	for _, l := range h.Lists {
		lines = append(lines, fmt.Sprintf("list %s %d", l.Context, l.Revision))
	}
	for name, list := range map[string][]TallyHead{"tally": h.Tallies, "held": h.Held} {
		slices.SortFunc(list, func(a, b TallyHead) int {
			return compareStrings(a.Context+" "+a.Kind+" "+a.Area, b.Context+" "+b.Kind+" "+b.Area)
		})
		for _, t := range list {
			lines = append(lines, fmt.Sprintf("%s %s %s %s %d %d %s", name, t.Context, t.Kind, t.Area, t.Epoch, t.Revision, t.Digest))
		}
	}
	slices.Sort(lines)
	total := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return "sha256:" + hex.EncodeToString(total[:])
}

func (s *Service) readHeads(ctx context.Context, url string) (*Heads, error) {
	raw, err := s.getJSON(ctx, url)
	if err != nil {
		return nil, err
	}
	var h Heads
	if err := json.Unmarshal(raw, &h); err != nil {
		return nil, fmt.Errorf("read heads %s: %w", url, err)
	}
	return &h, nil
}

// SignedByID gives the bytes of a signed document of ours. A sealed tally is
// not found here; see SealedFor.
func (s *Service) SignedByID(ctx context.Context, id string) ([]byte, error) {
	var raw []byte
	err := s.store.View(ctx, func(tx *store.Tx) error {
		for row, err := range tx.Signed.By("id", store.IDPrefix(id)) {
			if err != nil {
				return err
			}
			if row.Value.Own && row.Value.Kind != tally.KindSealed {
				raw = row.Value.Raw
				return nil
			}
		}
		return fmt.Errorf("signed document %s: %w", clean(id, 200), store.ErrNotFound)
	})
	if err != nil {
		return nil, AsError(err)
	}
	return raw, nil
}

// SealedFor gives a sealed tally to the convener it was made for.
func (s *Service) SealedFor(ctx context.Context, id, actor string) ([]byte, error) {
	var rec store.Signed
	err := s.store.View(ctx, func(tx *store.Tx) error {
		row, err := tx.Signed.First(store.Query{Index: "id", Prefix: store.IDPrefix(id)})
		rec = row.Value
		if err != nil {
			return err
		}
		con, err := tx.Consultations.Only("root", rec.Context)
		if err != nil {
			return err
		}
		if rec.Kind != tally.KindSealed || con.Value.ConvenerActor != actor || actor == "" {
			return refuse(CodeForbidden, "error.forbidden", nil)
		}
		return nil
	})
	if err != nil {
		return nil, AsError(err)
	}
	return rec.Raw, nil
}

// RosterOf gives the newest Roster of a consultation we convene.
func (s *Service) RosterOf(ctx context.Context, con *store.Consultation) ([]byte, error) {
	r, err := s.latestRoster(ctx, con.Root)
	if err != nil {
		return nil, AsError(err)
	}
	return r.Raw, nil
}

// DefinitionOf gives the frozen definition, byte for byte.
func (s *Service) DefinitionOf(ctx context.Context, con *store.Consultation) ([]byte, error) {
	var raw []byte
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		raw, err = tx.Definitions.Get(con.DefinitionDigest)
		return err
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("definition of %s: %w", con.Slug, err))
	}
	return raw, nil
}

// InputCopy gives the byte-exact copy of a public tally or Roster of a
// consultation by its digest, so that a check works when its maker is gone.
func (s *Service) InputCopy(ctx context.Context, con *store.Consultation, hexDigest string) ([]byte, error) {
	var rec store.Signed
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		rec, err = tx.Signed.Get("sha256:" + hexDigest)
		return err
	})
	if err == nil && (rec.Context != con.Root || rec.Kind == tally.KindSealed) {
		err = fmt.Errorf("input %s: %w", clean(hexDigest, 70), store.ErrNotFound)
	}
	if err != nil {
		return nil, AsError(err)
	}
	return rec.Raw, nil
}

// TallyPage is one page of our own tallies of a consultation, newest first,
// each as signed.
func (s *Service) TallyPage(ctx context.Context, con *store.Consultation, page int) (items []activitypub.IRIOrObject, total int, err error) {
	return s.signedPage(ctx, con, page, "Tally")
}

// RoundPage is one page of our rounds of a consultation and their results,
// newest first, each as signed.
func (s *Service) RoundPage(ctx context.Context, con *store.Consultation, page int) (items []activitypub.IRIOrObject, total int, err error) {
	return s.signedPage(ctx, con, page, typeRound, typeRoundResult)
}

func (s *Service) signedPage(ctx context.Context, con *store.Consultation, page int, types ...string) (items []activitypub.IRIOrObject, total int, err error) {
	var own []store.Signed
	err = s.store.View(ctx, func(tx *store.Tx) error {
		own = nil
		for _, typ := range types {
			for row, err := range tx.Signed.By("chain", store.ChainPrefix(con.Root, typ)) {
				if err != nil {
					return err
				}
				if row.Value.Own && row.Value.Kind != tally.KindSealed {
					own = append(own, row.Value)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, AsError(fmt.Errorf("%s of %s: %w", types[0], con.Slug, err))
	}
	slices.SortStableFunc(own, func(a, b store.Signed) int {
		switch {
		case a.Revision > b.Revision:
			return -1
		case a.Revision < b.Revision:
			return 1
		}
		return compareStrings(b.Kind+b.Type, a.Kind+a.Type)
	})
	from := min((page-1)*activitypub.PageSize, len(own))
	for _, d := range own[from:min(from+activitypub.PageSize, len(own))] {
		items = append(items, activitypub.Raw(d.Raw))
	}
	return items, len(own), nil
}

var errNoHeads = errors.New("the peer names no heads document")
