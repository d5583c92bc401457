// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"

	"polder/activitypub"
	"polder/activitypub/proof"
	"polder/consensus/opinion"
	"polder/consensus/tally"
	"polder/instance/store"
)

// pullRoundHead fetches what the convener has published of a computation and
// did not arrive here.
func (s *Service) pullRoundHead(ctx context.Context, actor string, r RoundHead) error {
	con, err := s.consultationByRoot(ctx, r.Context)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || con.Convener || con.ConvenerActor != actor {
		return err
	}
	for _, digest := range []string{r.Digest, r.Result} {
		if digest == "" {
			continue
		}
		if known, err := s.holds(ctx, digest); err != nil {
			return err
		} else if !known {
			return s.pullRounds(ctx, con)
		}
	}
	return nil
}

// pullRounds walks the convener's rounds and results, newest first, until
// everything needed to answer the open step is here.
func (s *Service) pullRounds(ctx context.Context, con *store.Consultation) error {
	next := activitypub.PageURL(con.Root+"/rounds", 1)
	for range 2*maxSteps/activitypub.PageSize + 1 {
		following, err := s.pullRoundPage(ctx, con, next)
		if err != nil || following == "" {
			return err
		}
		q, err := s.readQuestion(ctx, con)
		if err != nil || q.open != nil && !q.missing() {
			return err
		}
		next = following
	}
	return nil
}

func (s *Service) pullRoundPage(ctx context.Context, con *store.Consultation, url string) (next string, err error) {
	raw, err := s.client.GetObject(ctx, url, s.fetchSigner())
	if err != nil {
		return "", fmt.Errorf("fetch rounds: %w", err)
	}
	doc, err := activitypub.Parse(raw)
	if err != nil {
		return "", fmt.Errorf("fetch rounds: %w", err)
	}
	items, err := doc.Objects("orderedItems")
	if err != nil {
		return "", fmt.Errorf("fetch rounds: %w", err)
	}
	for _, item := range items {
		if err := s.takePulled(ctx, item); err != nil {
			return "", err
		}
	}
	next = doc.IRI("next")
	if hostOf(next) != hostOf(url) {
		next = ""
	}
	return next, nil
}

// takePulled takes a Round or a RoundResult that is new here; one that is
// refused is no failure of the pull.
func (s *Service) takePulled(ctx context.Context, item *activitypub.Document) error {
	digest, err := proof.Digest(item.Raw)
	if err != nil {
		return nil
	}
	if known, err := s.holds(ctx, digest); err != nil || known {
		return err
	}
	switch item.Type() {
	case typeRound:
		err = s.takeRound(ctx, item)
	case typeRoundResult:
		err = s.takeRoundResult(ctx, item)
	}
	var fault opinion.Problem
	var problem tally.Problem
	var refused *reason
	if errors.As(err, &fault) || errors.As(err, &problem) || errors.As(err, &refused) {
		s.log.Info("round not taken", "id", clean(item.ID(), 200), "err", err)
		return nil
	}
	return err
}
