// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance"
)

// Kinds of questions as the card draws them.
const (
	kindStatement = "statement"
	kindSingle    = "single"
	kindApproval  = "approval"
)

// statementOptions are the answers of a statement, in the order of the buttons.
var statementOptions = []string{"agree", "disagree", "pass"}

// kindOf tells how a question is drawn: one with exactly the three answers of a
// statement is one.
func kindOf(q *consensus.DefinitionQuestion) string {
	if q.Kind == consensus.KindApproval {
		return kindApproval
	}
	if len(q.Options) != len(statementOptions) {
		return kindSingle
	}
	for _, id := range statementOptions {
		if !q.HasOption(id) {
			return kindSingle
		}
	}
	return kindStatement
}

// voterIn is who a visitor is in one consultation: the holder of its letter
// code, or a browser.
func voterIn(con *consensus.Consultation, v Visitor) instance.Voter {
	if hash := v.Code(con.ID); hash != "" {
		return instance.Voter{Level: eligibility.Code, Identity: hash}
	}
	return browserOf(v)
}

// box is the ballot box as one visitor sees it: questions, own ballots, state.
type box struct {
	page  *instance.ConsultationPage
	voter instance.Voter // without an identity: nobody yet
	words words
	now   time.Time
}

// questions are what can be voted on: polls, then the visible statements of the
// conversation.
func (b *box) questions() []consensus.DefinitionQuestion { return b.page.Asked }

func (b *box) counts(l eligibility.Level) bool {
	return b.page.Definition != nil && slices.Contains(b.page.Definition.Levels, l)
}

// state is the state of the card, not yet knowing whether questions are left.
func (b *box) state() string {
	p := b.page
	switch {
	case p.State == consensus.StateAnnounced, p.State == consensus.StateOpen && b.now.Before(p.OpensAt):
		return CardPlanned
	case p.State == consensus.StateSuspended:
		return CardPaused
	case p.State != consensus.StateOpen, p.Definition == nil, !b.now.Before(p.ClosesAt):
		return CardClosed
	case !p.Ready:
		return CardWait
	case !b.counts(b.voter.Level):
		return CardLevel
	}
	return CardBallot
}

// next is the first poll without a ballot after the one at index after, going
// round; then the statement that was drawn; -1 if there is none.
func (b *box) next(after int) int {
	polls := b.polls()
	if after >= polls {
		after = -1
	}
	for i := range polls {
		at := (after + 1 + i) % polls
		if !b.voted(b.questions()[at].ID) {
			return at
		}
	}
	if t := b.page.Talk; t != nil && !t.Locked && t.Next != "" {
		return b.index(t.Next)
	}
	return -1
}

// polls is the number of questions in front of the statements.
func (b *box) polls() int {
	if b.page.Talk == nil {
		return len(b.questions())
	}
	return b.page.Talk.Polls
}

// drawn tells whether the question at an index is a statement of the
// conversation.
func (b *box) drawn(i int) bool { return i >= b.polls() }

// index finds a question by id, -1 if there is none.
func (b *box) index(id string) int {
	return slices.IndexFunc(b.questions(), func(q consensus.DefinitionQuestion) bool { return q.ID == id })
}

// card draws the question at index i; -1 says that all are answered.
func (b *box) card(i int) Card {
	c := Card{Slug: b.page.Slug, State: b.state(), Of: len(b.questions()), Answered: len(b.page.Own),
		Level: string(b.voter.Level), OpensAt: b.page.OpensAt, ClosedAt: b.page.ClosesAt, Ways: b.ways()}
	if b.page.Definition != nil {
		c.Official = b.page.Definition.IsOfficial(b.voter.Level)
	}
	if c.State != CardBallot {
		return c
	}
	b.talk(&c)
	switch t := b.page.Talk; {
	case t != nil && t.Locked && (i < 0 || b.drawn(i)):
		c.State = CardLocked
	case c.Of == 0:
		c.State = CardEmpty
	case i < 0 || i >= c.Of:
		c.State = CardDone
	default:
		q := b.question(i)
		c.Question = &q
		if !b.drawn(i) {
			c.Previous = b.previous(i)
		}
	}
	return c
}

// talk says on the card how far the voter is with the statements.
func (b *box) talk(c *Card) {
	t := b.page.Talk
	if t == nil {
		return
	}
	c.Talk, c.Statements = true, len(t.Statements)
	for i := range t.Statements {
		if b.voted(t.Statements[i].ID) {
			c.Voted++
		}
	}
	if t.Takes {
		c.Write, c.Left = true, max(0, consensus.VotesBeforeWrite-t.Votes)
	}
}

// previous is the nearest question before i that has a ballot.
func (b *box) previous(i int) string {
	for at := i - 1; at >= 0; at-- {
		if id := b.questions()[at].ID; b.voted(id) {
			return id
		}
	}
	return ""
}

func (b *box) voted(question string) bool {
	_, ok := b.page.Own[question]
	return ok
}

// question is one question as the voter sees it.
func (b *box) question(i int) BallotQuestion {
	q := &b.questions()[i]
	own, voted := b.page.Own[q.ID]
	out := BallotQuestion{ID: q.ID, Number: b.number(i), Drawn: b.drawn(i), Kind: kindOf(q),
		Text: PickText(q.Text, b.words.Lang()), Max: q.Max, Voted: voted}
	for _, o := range b.ordered(q, out.Kind) {
		out.Options = append(out.Options, BallotOption{ID: o.ID, Text: PickText(o.Text, b.words.Lang()),
			Chosen: voted && slices.Contains(own.Options, o.ID)})
	}
	return out
}

// number is what the question at an index is called: a statement has a number
// of its own, which it keeps.
func (b *box) number(i int) int {
	if n := b.page.Talk.Number(i); n > 0 {
		return n
	}
	return i + 1
}

// ordered gives the options in the order of the buttons: fixed for a statement,
// else mixed, the same for one voter every time. Somebody without a cookie
// gets the order of the day, so that the page is the same for everyone.
func (b *box) ordered(q *consensus.DefinitionQuestion, kind string) []consensus.DefinitionOption {
	list := slices.Clone(q.Options)
	if kind == kindStatement {
		slices.SortFunc(list, func(x, y consensus.DefinitionOption) int {
			return slices.Index(statementOptions, x.ID) - slices.Index(statementOptions, y.ID)
		})
		return list
	}
	seed := b.voter.Identity
	if seed == "" {
		seed = b.now.UTC().Format(time.DateOnly)
	}
	sum := sha256.Sum256([]byte(seed + "\n" + b.page.ID + "\n" + q.ID))
	mix := rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:]), binary.BigEndian.Uint64(sum[8:])))
	mix.Shuffle(len(list), func(x, y int) { list[x], list[y] = list[y], list[x] })
	return list
}

// saved says in words what the voter's ballot on a question is.
func (b *box) saved(i int) string {
	if i < 0 || i >= len(b.questions()) {
		return ""
	}
	q := &b.questions()[i]
	own, voted := b.page.Own[q.ID]
	if !voted {
		return ""
	}
	var chosen []string
	for _, o := range b.chosen(q, own) {
		label, _ := b.words.option(kindOf(q), o)
		chosen = append(chosen, label)
	}
	if len(chosen) == 0 {
		return b.words.T("blank")
	}
	return b.words.List(chosen)
}

// chosen lists the options of a ballot in the order of the definition.
func (b *box) chosen(q *consensus.DefinitionQuestion, own instance.OwnBallot) (list []BallotOption) {
	for _, o := range q.Options {
		if slices.Contains(own.Options, o.ID) {
			list = append(list, BallotOption{ID: o.ID, Text: PickText(o.Text, b.words.Lang()), Chosen: true})
		}
	}
	return list
}

// ways are the ways to take part that the definition admits.
func (b *box) ways() Ways {
	p := b.page
	w := Ways{Slug: p.Slug, Code: b.counts(eligibility.Code), Browser: b.counts(eligibility.Open),
		Fediverse: b.counts(eligibility.Fediverse), Handle: p.Handle, RollDate: day(p.Charter.WhoMayTakePart.RollDate)}
	if b.voter.Level == eligibility.Code {
		w.Has = string(eligibility.Code)
	}
	offline := p.Charter.OfflineWays
	w.Paper = b.written(strings.Join(offline.Ways, ", "))
	if p.Definition == nil {
		return w
	}
	for _, l := range p.Definition.Levels {
		if p.Definition.IsOfficial(l) {
			w.Official = append(w.Official, string(l))
		} else {
			w.Signal = append(w.Signal, string(l))
		}
	}
	return w
}

// written is a text of the charter, which is in the first language of the site.
func (b *box) written(text string) Text { return ownText(b.words.site, text) }

func ownText(s Site, text string) Text {
	if len(s.Languages) == 0 {
		return Text{Text: text}
	}
	return Text{Text: text, Lang: s.Languages[0]}
}

// day reads a date of the charter; zero if it is not one.
func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}
	}
	return t.Add(12 * time.Hour) // the same day in every zone of the country
}
