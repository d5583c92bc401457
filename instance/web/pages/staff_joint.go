// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/instance"
)

// joint is GET /staff/joint.
func (s *Staff) joint(c echo.Context) error {
	return s.drawJoint(c, http.StatusOK, "", Form{})
}

func (s *Staff) drawJoint(c echo.Context, status int, of string, f Form) error {
	list, err := s.Pages.Service.Joinings(c.Request().Context())
	if err != nil {
		return err
	}
	v := JointView{For: of, Form: f}
	for _, j := range list {
		one, err := s.invitation(c, j)
		if err != nil {
			return err
		}
		v.Invitations = append(v.Invitations, one)
	}
	slices.SortStableFunc(v.Invitations, func(a, b JointInvitation) int { return b.Received.Compare(a.Received) })
	return s.show(c, status, "/staff/joint", v)
}

func (s *Staff) invitation(c echo.Context, j instance.Joining) (JointInvitation, error) {
	lang := s.Pages.lang(c)
	name, err := s.Pages.views.ActorName(c.Request().Context(), j.Convener)
	if err != nil {
		return JointInvitation{}, err
	}
	one := JointInvitation{ID: shortID(j.Canonical), Title: PickText(j.Title, lang), Convener: Link{Text: name, URL: siteOf(j.Convener)},
		URL: j.Canonical, Digest: j.ConsultationDigest, State: string(j.State), Received: j.ReceivedAt}
	one.OpensAt, one.ClosesAt, _ = consensus.VoteWindow(j.Charter.Phases)
	if !j.OpensAt.IsZero() {
		one.OpensAt = j.OpensAt
	}
	def, err := consensus.ParseDefinition(j.Definition)
	if err != nil {
		return one, nil // shown as different from the original, which it is
	}
	_, digest, err := def.Encode()
	one.Matches = err == nil && digest == j.ConsultationDigest
	one.Official = levelNames(def.Official)
	for _, q := range def.Questions {
		one.Questions = append(one.Questions, PickText(q.Text, lang))
	}
	return one, nil
}

// mostContext is the length of a local introduction in characters.
const mostContext = 1000

// answerJoint is POST /staff/joint/{id}/adopt and /decline.
func (s *Staff) answerJoint(c echo.Context) error {
	if err := staffForm(c); err != nil {
		return err
	}
	j, err := s.joining(c)
	if err != nil {
		return err
	}
	posted := c.Request().PostForm
	switch c.Param("action") {
	case "adopt":
		return s.adopt(c, j, posted)
	case "decline":
		return s.decline(c, j, posted)
	}
	return echo.ErrNotFound
}

func (s *Staff) joining(c echo.Context) (instance.Joining, error) {
	list, err := s.Pages.Service.Joinings(c.Request().Context())
	if err != nil {
		return instance.Joining{}, err
	}
	i := slices.IndexFunc(list, func(j instance.Joining) bool { return shortID(j.Canonical) == c.Param("id") })
	if i < 0 {
		return instance.Joining{}, echo.ErrNotFound
	}
	return list[i], nil
}

func (s *Staff) adopt(c echo.Context, j instance.Joining, posted url.Values) error {
	text := strings.TrimSpace(posted.Get("context"))
	if utf8.RuneCountInString(text) > mostContext {
		f := Form{Values: posted, Problems: []Problem{Wrong("context", "form.toolong", "n", mostContext)}}
		return s.drawJoint(c, http.StatusBadRequest, shortID(j.Canonical), f)
	}
	ctx, by := c.Request().Context(), s.actor(c)
	slug, err := s.Pages.Service.AnswerJoint(ctx, by, j.Canonical, true, "")
	if err == nil && text != "" {
		err = s.Pages.Service.NoteJoint(ctx, by, j.Canonical, text)
	}
	if err != nil {
		return s.refusedJoint(c, j, posted, err)
	}
	return s.done(c, "/staff/consultations/"+slug, "adopt", 0)
}

// decline refuses. A reason goes out only if the official wants it shown;
// otherwise it stays here.
func (s *Staff) decline(c echo.Context, j instance.Joining, posted url.Values) error {
	ctx, by := c.Request().Context(), s.actor(c)
	reason, shown := strings.TrimSpace(posted.Get("reason")), ""
	if posted.Get("show") == "yes" {
		shown = reason
	}
	_, err := s.Pages.Service.AnswerJoint(ctx, by, j.Canonical, false, shown)
	if err == nil && reason != "" && shown == "" {
		err = s.Pages.Service.NoteJoint(ctx, by, j.Canonical, reason)
	}
	if err != nil {
		return s.refusedJoint(c, j, posted, err)
	}
	return s.done(c, "/staff/joint", "decline", 0)
}

func (s *Staff) refusedJoint(c echo.Context, j instance.Joining, posted url.Values, err error) error {
	status, problems, ok := s.refusal(c, err, func(string) string { return "" })
	if !ok {
		return err
	}
	return s.drawJoint(c, status, shortID(j.Canonical), Form{Values: posted, Problems: problems})
}
