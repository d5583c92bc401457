// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/consensus/opinion"
	"polder/instance/store"
)

// Groups is what anyone may see of the opinion groups of a conversation. For a
// joint one it is the convener's result, with the people here within it.
type Groups struct {
	Public   *opinion.PublicResult
	Level    opinion.Level // how much trust the groups deserve; "" if nobody can tell
	Columns  []GroupsStatement
	Map      *opinion.PublicMap // nil for joint and for interim results
	Levels   []LevelTotals      // votes of the people here, per level; empty while hidden
	At       time.Time
	Interim  bool
	Joint    bool
	Coverage opinion.RoundCoverage // of a joint result
	Missing  []string              // instance actors that are not in it
	Here     []*int64              // joint: members of each group here, nil for fewer than k
	Digest   string                // of the signed document of a joint result
	URL      string                // where that is
}

// GroupsStatement is a column of a result. Text is empty for one that is not
// shown any more.
type GroupsStatement struct {
	Number    int
	Text      string
	Lang      string
	ModOut    bool
	Meta      bool
	Seed      bool
	Published time.Time
	Reason    string // code, if a moderator removed it
}

// LevelTotals are the votes at one level, per column; nil where a small number
// is not shown.
type LevelTotals struct {
	Level    eligibility.Level
	Official bool
	People   *int64
	A, D, S  []*int64
}

// Groups gives the newest opinion groups that may be shown; CodeNotFound if
// there are none.
func (s *Service) Groups(ctx context.Context, con *store.Consultation) (*Groups, error) {
	var g *Groups
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if con.Joint {
			g, err = s.jointGroups(tx, con)
		} else {
			g, err = s.localGroups(tx, con)
		}
		if err != nil {
			return err
		}
		if con.Leaf && counted(con) {
			g.Levels, err = levelTotals(tx, con, g.Columns)
		}
		return err
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("groups of %s: %w", con.Slug, err))
	}
	return g, nil
}

func (s *Service) localGroups(tx *store.Tx, con *store.Consultation) (*Groups, error) {
	kept, err := tx.Groups.Get(con.ID)
	if err != nil {
		return nil, err
	}
	g := &Groups{At: kept.At, Interim: !kept.Final}
	if kept.Quality != nil {
		g.Level = kept.Quality.Level
	}
	rules := opinion.Publication{K: int64(con.Definition.K), Interim: !kept.Final, Level: g.Level,
		Totals: kept.Final || con.Definition.Results != consensus.ResultsAfterClose}
	columns := make([]opinion.Column, len(kept.Columns))
	for j, c := range kept.Columns {
		columns[j] = opinion.Column{ModOut: c.ModOut || c.Meta, Meta: c.Meta}
		st, err := shownStatement(tx, con, c.Number)
		if err != nil {
			return nil, err
		}
		st.ModOut, st.Meta = c.ModOut, c.Meta
		g.Columns = append(g.Columns, st)
	}
	g.Public = opinion.Publish(&kept.Result, columns, rules)
	if kept.Final {
		g.Map = &kept.Map
	}
	return g, nil
}

// shownStatement is a statement by number, without the text of a removed one.
func shownStatement(tx *store.Tx, con *store.Consultation, number int) (GroupsStatement, error) {
	out := GroupsStatement{Number: number}
	row, err := tx.Statements.First(store.Query{Index: "number", Prefix: store.NumberEntry(con.ID, number)})
	if errors.Is(err, store.ErrNotFound) {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out.Seed, out.Published, out.Reason = row.Value.Seed, row.Value.Published, row.Value.Reason
	if row.Value.State == consensus.StatementVisible {
		out.Text, out.Lang = row.Value.Text, row.Value.Lang
	}
	return out, nil
}

func (s *Service) jointGroups(tx *store.Tx, con *store.Consultation) (*Groups, error) {
	st, err := roundsIn(tx, con.ID)
	if err != nil {
		return nil, err
	}
	if st.Result == "" {
		return nil, store.ErrNotFound
	}
	r, err := readResult(tx, st.Result)
	if err != nil {
		return nil, err
	}
	g := &Groups{Joint: true, Interim: !st.Finished, Coverage: r.Coverage, Missing: r.Missing, Digest: r.Digest, URL: r.ID,
		At: time.UnixMilli(r.Revision).UTC(), Public: &opinion.PublicResult{}}
	if err := json.Unmarshal(r.Result, g.Public); err != nil {
		return nil, fmt.Errorf("result %s: %w", r.ID, err)
	}
	var quality struct{ Level opinion.Level }
	if len(r.Quality) > 0 {
		if err := json.Unmarshal(r.Quality, &quality); err != nil {
			return nil, fmt.Errorf("quality in %s: %w", r.ID, err)
		}
	}
	g.Level = quality.Level
	opening, err := openingOf(tx, con.Root, r.Epoch) // a newer epoch may be under way
	if err != nil || opening == nil {
		return g, err
	}
	if g.Columns, err = s.jointColumns(tx, con, opening); err != nil {
		return nil, err
	}
	g.Here, err = s.groupsHere(tx, st, int64(con.Definition.K), opening)
	return g, err
}

func (s *Service) jointColumns(tx *store.Tx, con *store.Consultation, opening *opinion.Round) ([]GroupsStatement, error) {
	numbers, err := s.columnsByNumber(tx, con, opening)
	if err != nil {
		return nil, err
	}
	list := make([]GroupsStatement, len(opening.Columns))
	for number, j := range numbers {
		if list[j], err = shownStatement(tx, con, number); err != nil {
			return nil, err
		}
	}
	for j, c := range opening.Columns {
		list[j].ModOut, list[j].Meta = c.ModOut, c.Meta
	}
	return list, nil
}

// groupsHere are the sizes of the joint groups among the people here, from the
// share that was sent of them.
func (s *Service) groupsHere(tx *store.Tx, st store.Rounds, k int64, opening *opinion.Round) ([]*int64, error) {
	if st.Member.Tally == "" {
		return nil, nil
	}
	x, err := readShare(tx, st.Member.Tally, opening.EngineColumns())
	if err != nil || x.Epoch != opening.Epoch || x.Body == nil {
		return nil, err
	}
	here := make([]*int64, len(x.Body.Groups))
	for i, g := range x.Body.Groups {
		if n := g.Members; n == 0 || n >= max(k, 10) {
			here[i] = &n
		}
	}
	return here, nil
}

// levelTotals are the votes per level, without small numbers: fewer than k, or
// fewer than 2k that all say the same (spec: aggregation.md 9).
func levelTotals(tx *store.Tx, con *store.Consultation, columns []GroupsStatement) ([]LevelTotals, error) {
	k := int64(con.Definition.K)
	frame, ok := con.Definition.StatementsQuestion()
	if !ok {
		return nil, nil
	}
	people, err := tx.Counts.Get(store.Key(con.ID, frame.ID))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	ids := map[int]string{}
	for row, err := range tx.Statements.By("number", store.Prefix(con.ID)) {
		if err != nil {
			return nil, err
		}
		ids[row.Value.Number] = row.Value.ID
	}
	var list []LevelTotals
	for _, level := range con.Definition.Levels {
		t := LevelTotals{Level: level, Official: con.Definition.IsOfficial(level)}
		t.People = unlessSmall(people.Ballots[level], k)
		for _, c := range columns {
			kept, err := tx.Counts.Get(store.Key(con.ID, ids[c.Number]))
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, err
			}
			a, d, n := kept.Options[consensus.OptionAgree][level], kept.Options[consensus.OptionDisagree][level], kept.Ballots[level]
			if n > 0 && (n < k || n < 2*k && (a == n || d == n || a+d == 0)) {
				t.A, t.D, t.S = append(t.A, nil), append(t.D, nil), append(t.S, nil)
				continue
			}
			t.A, t.D, t.S = append(t.A, &a), append(t.D, &d), append(t.S, &n)
		}
		list = append(list, t)
	}
	return list, nil
}

func unlessSmall(n, k int64) *int64 {
	if n > 0 && n < k {
		return nil
	}
	return &n
}

// Position is where one resident stands on the map, shown to that person alone.
type Position struct {
	Point opinion.Point
	Group int // index
}

// OwnPosition computes the position of the person behind a cookie or code from
// their own votes and the public model; nil if there is no map with groups, or
// if they voted on too few statements.
func (s *Service) OwnPosition(ctx context.Context, con *store.Consultation, voters []Voter) (*Position, error) {
	var found *Position
	err := s.store.View(ctx, func(tx *store.Tx) error {
		found = nil
		m, columns, column, err := s.publicModel(tx, con)
		if err != nil || m.model == nil {
			return err
		}
		for _, v := range voters {
			votes, err := s.votesOf(tx, con, v)
			if err != nil {
				return err
			}
			one := opinion.NewMatrix(len(columns))
			if err := one.AppendRow(columnVotes(votes, column)); err != nil {
				return err
			}
			if p := m.model.Place(columns, one); len(p.Points) == 1 && len(m.centroids) > 0 {
				found = &Position{Point: p.Points[0], Group: opinion.Nearest(p.Points[0], m.centroids)}
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("position in %s: %w", con.Slug, err))
	}
	return found, nil
}

// votesOf are the votes of one voter on statements; none once K_c is gone.
func (s *Service) votesOf(tx *store.Tx, con *store.Consultation, v Voter) (store.OpinionVotes, error) {
	frame, ok := con.Definition.StatementsQuestion()
	if !ok || con.Destroyed {
		return nil, nil
	}
	kc, err := s.consultationKey(con.ID)
	if err != nil {
		return nil, err
	}
	row, err := ownRow(tx, con, frame, kc, v)
	return row.Votes, err
}

type publicModel struct {
	model     *opinion.Model
	centroids []opinion.Point
}

// publicModel is the model of the groups that are shown exactly, with its
// columns; the zero value if there are none.
func (s *Service) publicModel(tx *store.Tx, con *store.Consultation) (m publicModel, columns []opinion.Column, column map[int]int, err error) {
	g, err := func() (*Groups, error) {
		if con.Joint {
			return s.jointGroups(tx, con)
		}
		return s.localGroups(tx, con)
	}()
	if errors.Is(err, store.ErrNotFound) || err == nil && (g.Public.K == nil || len(g.Public.Centroids) == 0 || len(g.Columns) == 0) {
		return m, nil, nil, nil
	}
	if err != nil {
		return m, nil, nil, err
	}
	column = map[int]int{}
	for j, c := range g.Columns {
		columns = append(columns, opinion.Column{ModOut: c.ModOut || c.Meta, Meta: c.Meta})
		if c.Number > 0 {
			column[c.Number] = j
		}
	}
	m.centroids = g.Public.Centroids
	if !con.Joint {
		kept, err := tx.Groups.Get(con.ID)
		m.model = &kept.Model
		return m, columns, column, err
	}
	m.model, err = jointModel(tx, con)
	return m, columns, column, err
}

// jointModel is the model of the epoch whose groups are shown; nil if it is not
// here.
func jointModel(tx *store.Tx, con *store.Consultation) (*opinion.Model, error) {
	st, err := roundsIn(tx, con.ID)
	if err != nil || st.Result == "" {
		return nil, err
	}
	shown, err := readResult(tx, st.Result)
	if err != nil {
		return nil, err
	}
	results, err := resultsOf(tx, con.Root, shown.Epoch)
	if err != nil {
		return nil, err
	}
	for _, r := range results {
		if r.Model != nil {
			return r.Model, nil
		}
	}
	return nil, nil //nolint:nilnil // said above
}
