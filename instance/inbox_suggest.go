// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"polder/activitypub"
	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance/store"
)

// suggestionTags make a public mention of, or reply to, a consultation a
// suggestion for a statement (spec: federation.md 8).
var suggestionTags = []string{"#stelling", "#statement"}

// mostSuggested bounds the statements from the fediverse that wait in one
// consultation: anybody can make accounts.
const mostSuggested = 200

// handlePost takes a post that is about a consultation. A suggestion waits for a
// moderator; other posts are contributions that this instance does not take.
func (s *Service) handlePost(ctx context.Context, in received, o *activitypub.Document) error {
	if o.Type() != activitypub.TypeNote || !tagged(o) {
		return nil
	}
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		con, err := s.addressed(tx, o)
		if err != nil {
			return err
		}
		st, err := s.suggested(tx, con, in, o)
		if err != nil {
			return err
		}
		return tx.Statements.Insert(store.StatementKey(con.ID, st.ID), st)
	})
	switch {
	case err == nil, errors.Is(err, errKnownPost), errors.Is(err, store.ErrNotFound):
		return nil // or it is not about a consultation here
	case errors.Is(err, consensus.ErrClosed):
		return &reason{"closed", "statements are not taken now"}
	case errors.Is(err, consensus.ErrDuplicate):
		return &reason{consensus.ReasonDuplicate, "the statement is there already"}
	}
	var coded *reason
	if errors.As(err, &coded) {
		return coded
	}
	return lasting(err)
}

var errKnownPost = errors.New("this post is here already")

// suggested makes a pending statement of a post.
func (s *Service) suggested(tx *store.Tx, con *store.Consultation, in received, o *activitypub.Document) (Statement, error) {
	frame, ok := con.Definition.StatementsQuestion()
	switch {
	case !ok:
		return Statement{}, store.ErrNotFound
	case o.IRI("attributedTo") != in.actor, hostOf(o.ID()) != hostOf(in.actor):
		return Statement{}, &reason{"not-owner", "a post of another actor"}
	case !o.IsPublic():
		return Statement{}, &reason{"not-public", "a suggestion has to be public"}
	case !slices.Contains(con.Definition.Levels, eligibility.Fediverse):
		return Statement{}, &reason{"level", "suggestions from the fediverse are not taken here"}
	}
	if err := con.TakesStatements(con.Locked, in.at); err != nil {
		return Statement{}, err
	}
	kc, err := s.consultationKey(con.ID)
	if err != nil {
		return Statement{}, err
	}
	lang, text := suggestion(o)
	st, err := consensus.NewSuggestion(newID(), nfc(text), lang, s.now())
	if err != nil {
		return Statement{}, err
	}
	sent := Statement{Statement: st, Consultation: con.ID, Origin: o.ID(),
		Author: eligibility.NewRowKey(kc, eligibility.Fediverse, frame.ID, in.actor).String()}
	if err := roomForPost(tx, con, sent); err != nil {
		return Statement{}, err
	}
	return sent, unlike(tx, con, sent)
}

// roomForPost refuses a post that is here already, and more than fit.
func roomForPost(tx *store.Tx, con *store.Consultation, st Statement) error {
	_, err := tx.Statements.Only("origin", store.Key(con.ID, store.HashPart(st.Origin)))
	if err == nil {
		return errKnownPost
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	waiting := 0
	for row, err := range tx.Statements.By("state", store.Key(con.ID, string(consensus.StatementPending))) {
		if err != nil {
			return err
		}
		if row.Value.Origin != "" {
			waiting++
		}
	}
	if waiting >= mostSuggested {
		return &reason{"limited", "too many suggestions wait"}
	}
	return roomFor(tx, con, st.Author)
}

// addressed is the consultation whose Group a post mentions, is sent to or
// replies to; ErrNotFound if there is none.
func (s *Service) addressed(tx *store.Tx, o *activitypub.Document) (*store.Consultation, error) {
	ids := slices.Concat(o.IRIs("to"), o.IRIs("cc"), o.IRIs("audience"))
	for _, tag := range tagsOf(o) {
		ids = append(ids, tag.IRI("href"))
	}
	if parent := o.IRI("inReplyTo"); parent != "" {
		ids = append(ids, parent)
		own, err := tx.Objects.Get(parent)
		if err == nil {
			ids = append(ids, own.Owner)
		} else if !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if poll, err := tx.Polls.Get(parent[strings.LastIndexByte(parent, '/')+1:]); err == nil && hostOf(parent) == hostOf(s.Base) {
			return s.cachedConsultation(tx, poll.Consultation)
		}
	}
	for _, id := range ids {
		slug, ok := strings.CutPrefix(id, s.Consultation(""))
		if !ok {
			continue
		}
		key, err := tx.Consultations.KeyOf("slug", slug)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return s.cachedConsultation(tx, key)
	}
	return nil, fmt.Errorf("consultation of a post: %w", store.ErrNotFound)
}

func tagsOf(o *activitypub.Document) []*activitypub.Document {
	tags, err := o.Objects("tag")
	if err != nil {
		return nil
	}
	return tags
}

// tagged tells whether a post bears one of the hashtags of a suggestion, as a
// tag or in its text.
func tagged(o *activitypub.Document) bool {
	isTag := func(word string) bool { return slices.Contains(suggestionTags, strings.ToLower(word)) }
	for _, tag := range tagsOf(o) {
		if tag.Type() == "Hashtag" && isTag(tag.String("name")) {
			return true
		}
	}
	return slices.ContainsFunc(words(o), isTag)
}

// words are those of the text of a post. Markup between two paragraphs or lines
// separates words, too.
func words(o *activitypub.Document) []string {
	html := strings.NewReplacer("<br", " <br", "</p>", " </p>", "</li>", " </li>").Replace(o.String("content"))
	return strings.Fields(PlainText(html, 20*consensus.MaxStatement))
}

// suggestion is what a post says, without mentions and hashtags of the
// suggestion, and its language if the post names one.
func suggestion(o *activitypub.Document) (lang, text string) {
	for l := range o.LangMap("contentMap") {
		if lang != "" && lang != l { // said in more languages: which one is not known
			lang = ""
			break
		}
		lang = l
	}
	kept := slices.DeleteFunc(words(o), func(w string) bool {
		return strings.HasPrefix(w, "@") || slices.Contains(suggestionTags, strings.ToLower(strings.TrimRight(w, ".,:;")))
	})
	return clean(lang, 20), strings.Join(kept, " ")
}
