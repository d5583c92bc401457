// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"polder/activitypub"
	"polder/consensus"
	"polder/consensus/tally"
	"polder/instance/store"
)

// maxStatementList bounds the list that a member reads: 1,000 statements of 500
// characters, with room for the longest script.
const maxStatementList = 4 << 20

// StatementList is what /participation/v1/consultations/<slug>/statements
// serves: every published statement. In a joint consultation it is the list of
// the convener that decides what all places vote on, under which number
// (spec: product.md 10).
type StatementList struct {
	Context    string             `json:"context"`  // canonical id of the consultation
	Revision   int64              `json:"revision"` // changes with every change of the list
	Statements []consensus.Listed `json:"statements"`
}

// ListHead names the state of a list of statements that we keep as convener.
type ListHead struct {
	Context  string `json:"context"`
	Revision int64  `json:"revision"`
}

// StatementListURL is where the list of a consultation stands, from its
// canonical id.
func StatementListURL(root string) string {
	return strings.Replace(root, "/consultations/", "/participation/v1/consultations/", 1) + "/statements"
}

// StatementListOf builds the list of a published consultation.
func (s *Service) StatementListOf(ctx context.Context, con *store.Consultation) (*StatementList, error) {
	var list *StatementList
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		list, err = statementList(tx, con)
		return err
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("statements of %s: %w", con.Slug, err))
	}
	return list, nil
}

func statementList(tx *store.Tx, con *store.Consultation) (*StatementList, error) {
	if _, ok := con.Definition.StatementsQuestion(); !ok {
		return nil, store.ErrNotFound
	}
	list := &StatementList{Context: con.Root, Statements: []consensus.Listed{}}
	for row, err := range tx.Statements.By("number", store.Prefix(con.ID)) {
		if err != nil {
			return nil, err
		}
		list.Statements = append(list.Statements, row.Value.List())
	}
	var err error
	list.Revision, err = tx.Generations.Get(statementsGeneration(con.ID))
	return list, err
}

// Names of the counters that say which revision of a list was told to members,
// and which one a member took over.
func listSent(con string) string  { return store.Key(con, "statements-sent") }
func listTaken(con string) string { return store.Key(con, "statements-taken") }

// tellLists tells the members of our joint consultations that a list of
// statements changed; they fetch it. What a lost message did not bring, pull
// brings.
func (s *Service) tellLists(ctx context.Context) error {
	list, err := s.Consultations(ctx, false)
	if err != nil {
		return err
	}
	for _, con := range list {
		if _, ok := con.Definition.StatementsQuestion(); !ok || !con.Joint || !con.Convener || !published(con) {
			continue
		}
		if err := s.tellList(ctx, con); err != nil {
			return fmt.Errorf("tell the statements of %s: %w", con.Slug, err)
		}
	}
	return nil
}

func (s *Service) tellList(ctx context.Context, con *store.Consultation) error {
	due := func(tx *store.Tx) (int64, bool, error) {
		gen, err := tx.Generations.Get(statementsGeneration(con.ID))
		if err != nil {
			return 0, false, err
		}
		sent, err := tx.Generations.Get(listSent(con.ID))
		return gen, gen != sent, err
	}
	changed := false
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		_, changed, err = due(tx)
		return err
	})
	if err != nil || !changed {
		return err
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		gen, changed, err := due(tx)
		if err != nil || !changed {
			return err
		}
		var inboxes, to []string
		for _, m := range con.Members {
			if m.State != tally.MemberActive {
				continue // one that adopts later reads the list then
			}
			to, inboxes = append(to, m.Actor), append(inboxes, s.knownInbox(tx, m.Actor))
		}
		url := StatementListURL(con.Root)
		update := activitypub.Activity{Context: activitypub.ObjectContext, ID: s.NewActivity(), Type: activitypub.TypeUpdate, Actor: s.Actor(), To: to,
			Object: activitypub.Embed(map[string]any{"id": url, "type": activitypub.TypeCollection, "attributedTo": s.Actor(), "context": con.Root})}
		return errors.Join(tx.Generations.Set(listSent(con.ID), gen),
			s.publish(tx, send{actor: s.Actor(), activity: update, inboxes: inboxes, replaces: url}))
	})
}

// listUpdated is the member's side: the convener says that its list changed.
func (s *Service) listUpdated(ctx context.Context, in received, url string) error {
	list, err := s.Consultations(ctx, false)
	if err != nil {
		return err
	}
	for _, con := range list {
		if follows(con) && con.ConvenerActor == in.actor && StatementListURL(con.Root) == url {
			return s.pullStatements(ctx, con)
		}
	}
	return nil
}

// pullListHead fetches a list of statements that changed since we read it.
func (s *Service) pullListHead(ctx context.Context, actor string, h ListHead) error {
	con, err := s.consultationByRoot(ctx, h.Context)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || !follows(con) || con.ConvenerActor != actor {
		return err
	}
	taken := int64(0)
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		taken, err = tx.Generations.Get(listTaken(con.ID))
		return err
	})
	if err != nil || taken == h.Revision {
		return err
	}
	return s.pullStatements(ctx, con)
}

func (s *Service) pullStatements(ctx context.Context, con *store.Consultation) error {
	list, err := s.readStatements(ctx, con.Root)
	if err != nil {
		return err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.Consultations.Get(con.ID)
		if err != nil {
			return err
		}
		return s.takeStatements(tx, &now, list)
	})
	if err != nil {
		return fmt.Errorf("take over the statements of %s: %w", con.Slug, err)
	}
	s.poke()
	return nil
}

// readStatements fetches and checks the list of a joint consultation.
func (s *Service) readStatements(ctx context.Context, root string) (*StatementList, error) {
	url := StatementListURL(root)
	resp, err := s.client.Get(ctx, url, "application/json", maxStatementList, s.fetchSigner())
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", url, err)
	}
	if resp.Status != 200 || hostOf(resp.URL) != hostOf(root) {
		return nil, fmt.Errorf("fetch %s: status %d from %s", url, resp.Status, hostOf(resp.URL))
	}
	list := &StatementList{}
	if err := json.Unmarshal(resp.Body, list); err != nil {
		return nil, &reason{"malformed", "the list of statements cannot be read"}
	}
	return list, list.check(root)
}

// check holds a list of elsewhere against the rules: its consultation, sound
// entries, each id and number once. The texts are plain text.
func (l *StatementList) check(root string) error {
	if l.Context != root || len(l.Statements) > consensus.MostStatements {
		return &reason{"malformed", "a list of statements of another consultation, or too long"}
	}
	ids, numbers := map[string]bool{}, map[int]bool{}
	for i := range l.Statements {
		e := &l.Statements[i]
		if err := e.Check(); err != nil {
			return &reason{"malformed", err.Error()}
		}
		if !isStatementID(e.ID) || ids[e.ID] || numbers[e.Number] || e.MergedInto != "" && !isStatementID(e.MergedInto) || len(e.Lang) > 20 {
			return &reason{"malformed", fmt.Sprintf("statement %d: its id, or one twice", e.Number)}
		}
		ids[e.ID], numbers[e.Number] = true, true
	}
	slices.SortFunc(l.Statements, func(a, b consensus.Listed) int { return a.Number - b.Number })
	return nil
}

func isStatementID(id string) bool {
	parsed, err := uuid.Parse(id)
	return err == nil && parsed.String() == id
}

// takeStatements copies the list of the convener: statements of elsewhere are
// added under their numbers, our own that were offered become visible, removed
// ones are removed here. Votes, authors and frozen texts stay. A list that gives
// a number to another statement is refused as a whole.
func (s *Service) takeStatements(tx *store.Tx, con *store.Consultation, list *StatementList) error {
	changed, opened := false, false
	for _, l := range list.Statements {
		row, err := tx.Statements.Only("number", store.NumberEntry(con.ID, l.Number))
		if err == nil && row.Value.ID != l.ID {
			return &reason{"conflict", fmt.Sprintf("number %d belonged to another statement", l.Number)}
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		st, err := tx.Statements.Get(store.StatementKey(con.ID, l.ID))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if st.Number != 0 && st.Number != l.Number {
			return &reason{"conflict", fmt.Sprintf("statement %d had another number", l.Number)}
		}
		fresh := st.Number == 0
		if !st.Follow(l) {
			continue
		}
		st.Consultation, st.Offer, changed = con.ID, "", true
		if err := tx.Statements.Put(store.StatementKey(con.ID, st.ID), st); err != nil {
			return err
		}
		if fresh && con.Leaf && !con.StartedAt.IsZero() && con.State == consensus.StateOpen {
			opened = true
			if err := s.openPoll(tx, con, st.ID, st.Number); err != nil {
				return err
			}
		}
	}
	if opened {
		if err := s.floodPolls(tx, con); err != nil {
			return err
		}
	}
	if changed {
		if _, err := tx.Generations.Next(statementsGeneration(con.ID)); err != nil {
			return err
		}
	}
	return tx.Generations.Set(listTaken(con.ID), list.Revision)
}

// ListedStatement gives one published statement by its number: what stands at
// the id of a column of the opinion rounds.
func (s *Service) ListedStatement(ctx context.Context, con *store.Consultation, number int) (consensus.Listed, error) {
	var row store.Row[store.Statement]
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		row, err = tx.Statements.Only("number", store.NumberEntry(con.ID, number))
		return err
	})
	if err != nil {
		return consensus.Listed{}, AsError(fmt.Errorf("statement %d: %w", number, err))
	}
	return row.Value.List(), nil
}

// addList adds the head of the list that we keep for others.
func (h *Heads) addList(tx *store.Tx, con *store.Consultation) error {
	if _, ok := con.Definition.StatementsQuestion(); !ok || !con.Joint || !con.Convener {
		return nil
	}
	gen, err := tx.Generations.Get(statementsGeneration(con.ID))
	h.Lists = append(h.Lists, ListHead{con.Root, gen})
	return err
}
