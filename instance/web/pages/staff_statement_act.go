// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/instance"
	"polder/instance/web"
)

func (s *Staff) registerStatements(g *echo.Group) {
	const base = "/consultations/:slug/statements"
	g.GET(base, s.desk)
	g.POST(base, s.addSeed)
	g.POST(base+"/first", s.seedsFirst)
	g.POST(base+"/lock", s.lock)
	g.POST(base+"/:id/:action", s.moderate)
}

// addSeed is POST /staff/consultations/{slug}/statements.
func (s *Staff) addSeed(c echo.Context) error {
	return s.changeDesk(c, "seed", func(by consensus.Actor, slug string, posted url.Values) (int, error) {
		lang := posted.Get("lang")
		if !slices.Contains(s.Pages.Site.Languages, lang) {
			lang = s.Pages.Site.Languages[0]
		}
		st, err := s.Pages.Service.AddSeed(c.Request().Context(), by, slug, posted.Get("text"), lang)
		return st.Number, err
	})
}

// seedsFirst is POST /staff/consultations/{slug}/statements/first.
func (s *Staff) seedsFirst(c echo.Context) error {
	return s.changeDesk(c, "first", func(by consensus.Actor, slug string, posted url.Values) (int, error) {
		return 0, s.Pages.Service.SetSeedsFirst(c.Request().Context(), by, slug, posted.Get("first") == "yes")
	})
}

// lock is POST /staff/consultations/{slug}/statements/lock.
func (s *Staff) lock(c echo.Context) error {
	return s.changeDesk(c, "lock", func(by consensus.Actor, slug string, posted url.Values) (int, error) {
		return 0, s.Pages.Service.LockInstrument(c.Request().Context(), by, slug, posted.Get("locked") == "yes", posted.Get("reason"))
	})
}

// deskActions are what can be done with one statement.
var deskActions = []string{"approve", "reject", "hide", "restore", "merge", "edit", "meta", "opinion", "grant", "uphold"}

// moderate is POST /staff/consultations/{slug}/statements/{id}/{action}.
func (s *Staff) moderate(c echo.Context) error {
	ctx, svc, id, action := c.Request().Context(), s.Pages.Service, c.Param("id"), c.Param("action")
	if !slices.Contains(deskActions, action) {
		return echo.ErrNotFound
	}
	return s.changeDesk(c, action, func(by consensus.Actor, slug string, posted url.Values) (int, error) {
		text := strings.TrimSpace(posted.Get("text"))
		switch action {
		case "edit":
			return 0, svc.EditStatement(ctx, by, slug, id, text)
		case "meta", "opinion":
			return 0, svc.MarkStatement(ctx, by, slug, id, action == "meta")
		case "grant", "uphold":
			return 0, svc.DecideAppeal(ctx, by, slug, id, action == "grant", text)
		}
		d := instance.Decision{Action: action, Reason: posted.Get("reason"), Text: text}
		if n, err := strconv.Atoi(strings.TrimSpace(posted.Get("into"))); err == nil {
			d.Into = n
		}
		return 0, svc.ModerateStatement(ctx, by, slug, id, d)
	})
}

// changeDesk does one thing and comes back to the list from which it was asked,
// or draws that list with what was typed and why it was refused.
func (s *Staff) changeDesk(c echo.Context, action string, change func(consensus.Actor, string, url.Values) (int, error)) error {
	if err := s.may(c, deskRoles...); err != nil {
		return err
	}
	if err := staffForm(c); err != nil {
		return err
	}
	posted, slug := c.Request().PostForm, c.Param("slug")
	n, err := change(s.actor(c), slug, posted)
	if err == nil {
		page, _ := strconv.Atoi(posted.Get("page"))
		word, err := s.deskWord(c, action)
		if err != nil {
			return err
		}
		return s.done(c, DeskView{Slug: slug, List: posted.Get("list")}.at(page), word, n)
	}
	status, one, ok := s.refusedStatement(c, action, err)
	if !ok {
		return err
	}
	return s.drawDesk(c, status, posted, DeskView{For: c.Param("id"), Action: action, Form: Form{Values: posted, Problems: []Problem{one}}})
}

// deskWord is the message after an action. What becomes visible here is first
// offered to the convener where that is somebody else.
func (s *Staff) deskWord(c echo.Context, action string) (string, error) {
	con, err := s.Pages.Service.ConsultationBySlug(c.Request().Context(), c.Param("slug"))
	if err != nil {
		return "", err
	}
	if con.Joint && !con.Convener && slices.Contains([]string{"approve", "restore", "grant", "seed"}, action) {
		return "st-offered", nil
	}
	return "st-" + action, nil
}

// deskFields are the controls at which a refusal is shown.
var deskFields = map[string]string{"error.statement-text": "text", "error.statement-duplicate": "text", "error.statement-reason": "reason",
	"error.reason-needed": "reason", "error.statement-into": "into", "error.statement-frozen": "text"}

// refusedStatement turns a refusal into what the form says about it; ok is false
// for errors that have a page of their own.
func (s *Staff) refusedStatement(c echo.Context, action string, err error) (int, Problem, bool) {
	e := instance.AsError(err)
	switch e.Code {
	case instance.CodeInvalid, instance.CodeConflict, instance.CodeUnavailable:
	case instance.CodeForbidden:
		if e.Public != "error.appeal-same" {
			return 0, Problem{}, false
		}
	default:
		return 0, Problem{}, false
	}
	field := deskFields[e.Public]
	if field == "reason" && (action == "uphold" || action == "grant") || field == "text" && (action == "approve" || action == "restore") {
		field = map[string]string{"reason": "text"}[field]
	}
	var same *instance.DuplicateError
	if errors.As(err, &same) {
		key := "desk.duplicate"
		if same.Of.Number == 0 {
			key = "desk.duplicate.waits"
		}
		return http.StatusConflict, s.problem(c, field, key, "n", same.Of.Number, "text", same.Of.Text), true
	}
	return web.Status(e.Code), s.problem(c, field, e.Public), true
}
