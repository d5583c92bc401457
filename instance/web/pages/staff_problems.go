// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/instance"
	"polder/instance/web"
)

// maxStaffForm bounds the forms of officials: fifty statements in three
// languages have to fit (spec: security.md 2).
const maxStaffForm = 256 << 10

// staffForm reads a posted form.
func staffForm(c echo.Context) error {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, maxStaffForm)
	if err := r.ParseForm(); err != nil {
		return badBody(err)
	}
	return nil
}

func badBody(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return &instance.Error{Code: instance.CodeTooLarge, Public: "error.too_large", Err: err}
	}
	return &instance.Error{Code: instance.CodeInvalid, Public: "error.malformed", Err: err}
}

func notFound(err error) bool {
	return err != nil && instance.AsError(err).Code == instance.CodeNotFound
}

// refusal turns the refusal of a use case into what a form says about it: the
// status of the page and every cause. ok is false for errors that have a page
// of their own: a wrong role, a state that does not fit, something missing.
func (s *Staff) refusal(c echo.Context, err error, fieldOf func(string) string) (status int, problems []Problem, ok bool) {
	e := instance.AsError(err)
	switch {
	case len(e.Causes) > 0:
		return http.StatusBadRequest, s.causes(c, e.Causes, fieldOf), true
	case e.Code == instance.CodeInvalid, e.Code == instance.CodeUnavailable:
		return web.Status(e.Code), []Problem{s.problem(c, fieldOf(e.Public), e.Public)}, true
	}
	return 0, nil, false
}

// problem is one sentence of the catalogue; an unknown key has a general one.
func (s *Staff) problem(c echo.Context, field, key string, args ...any) Problem {
	if !s.Pages.wordsOf(s.Pages.lang(c)).Has(key) {
		key, args = "error.guard", nil
	}
	return Wrong(field, key, args...)
}

// causes lists what a guard found, each at the control where it can be set
// right. Two causes with the same words at one control are one.
func (s *Staff) causes(c echo.Context, list []consensus.Cause, fieldOf func(string) string) (out []Problem) {
	w := s.Pages.wordsOf(s.Pages.lang(c))
	for _, cause := range list {
		about := cause.Field
		if w.Has("charter." + cause.Field) {
			about = w.T("charter." + cause.Field)
		}
		field := fieldOf(cause.Field)
		if field == "" {
			field = fieldOf(cause.Code)
		}
		one := s.problem(c, field, "cause."+cause.Code, "field", about)
		if !hasProblem(out, one) {
			out = append(out, one)
		}
	}
	return out
}

func hasProblem(list []Problem, one Problem) bool {
	for _, p := range list {
		if p.Field == one.Field && p.Key == one.Key && (len(p.Args) < 2 || p.Args[1] == one.Args[1]) {
			return true
		}
	}
	return false
}

// charterField is the control of the draft in which a field of the charter is
// filled in; phases/N is the N-th row of phases, from 0.
func charterField(name string) string {
	if row, ok := strings.CutPrefix(name, "phases/"); ok {
		if n, err := strconv.Atoi(row); err == nil {
			return "phase" + strconv.Itoa(n+1) + "-start"
		}
	}
	return charterFields[name]
}

// charterFields are the controls of the fields of product.md 5, and of the
// causes and errors about other parts of a draft.
var charterFields = map[string]string{
	"question": "question", "whyNow": "whyNow", "canChange": "canChange", "isFixed": "isFixed",
	"participationLevel": "participationLevel", "decidingBody": "role", "formalLink": "formalLink",
	"whoMayTakePart": "rollDate", "phases": "phase1-kind", "weighing": "weighing", "offlineWays": "offlineWays",
	"contact": "contactRole", "privacyNotice": "privacyURL", "legalBasis": "legalBasis",
	"definition":    "q1-text",
	"error.slug":    "slug",
	"error.exists":  "slug",
	"error.charter": "question", "error.slug-taken": "slug", "error.member-unknown": "member",
}
