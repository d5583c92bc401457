// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/instance"
)

// steps are the actions that are one event of the state machine with at most a
// reason.
var steps = map[string]consensus.EventKind{
	"submit": consensus.EventSubmit, "return": consensus.EventReturn, "approve": consensus.EventApprove,
	"suspend": consensus.EventSuspend, "resume": consensus.EventResume, "cancel": consensus.EventCancel,
}

// act is POST /staff/consultations/{slug}/{action}.
func (s *Staff) act(c echo.Context) error {
	if err := staffForm(c); err != nil {
		return err
	}
	action, slug := c.Param("action"), c.Param("slug")
	reason := strings.TrimSpace(c.Request().PostForm.Get("reason"))
	var err error
	switch kind, known := steps[action]; {
	case action == "submit":
		err = s.submit(c, slug)
	case known:
		err = s.Pages.Service.StepConsultation(c.Request().Context(), s.actor(c), slug, consensus.Event{Kind: kind, Reason: reason})
	case action == "extend":
		return s.extend(c, reason)
	default:
		return echo.ErrNotFound
	}
	if err != nil {
		return s.refusedAction(c, action, c.Request().PostForm, err)
	}
	return s.done(c, "/staff/consultations/"+slug, action, 0)
}

// submit hands a draft in. What would stop its approval stops it here, where
// its author can still set it right: the second person decides about the
// content, not about empty fields.
func (s *Staff) submit(c echo.Context, slug string) error {
	ctx, by := c.Request().Context(), s.actor(c)
	con, err := s.Pages.Service.ConsultationBySlug(ctx, slug)
	if err != nil {
		return err
	}
	if con.State == consensus.StateDraft && by.Roles.May(consensus.ActDraft) {
		if err := s.rehearse(con); err != nil {
			return err
		}
	}
	return s.Pages.Service.StepConsultation(ctx, by, slug, consensus.Event{Kind: consensus.EventSubmit})
}

// rehearse asks the guard of approve what it would say of a draft now, without
// the notice, for which the second person can give a reason.
func (s *Staff) rehearse(con *instance.Consultation) error {
	trial := con.Consultation
	trial.State = consensus.StateReview
	second := consensus.Actor{ID: con.Author + "+", Roles: consensus.NewRoles(consensus.RoleProcessOwner)}
	e := consensus.Event{Kind: consensus.EventApprove, Reason: "-", Dev: s.Pages.Service.Options().Dev}
	zone := s.Pages.wordsOf(s.Pages.Site.Languages[0]).Zone()
	_, _, err := trial.Next(e, second, s.Pages.Service.Now().In(zone))
	return err
}

// extend moves the end of the vote to a later moment.
func (s *Staff) extend(c echo.Context, reason string) error {
	posted, slug := c.Request().PostForm, c.Param("slug")
	var wrong []Problem
	until, err := s.moment(posted.Get("closes"))
	if err != nil || until.IsZero() {
		wrong = append(wrong, Wrong("closes", "form.date"))
	}
	if reason == "" {
		wrong = append(wrong, Wrong("reason", "error.reason-needed"))
	}
	if len(wrong) > 0 {
		con, err := s.Pages.Service.ConsultationBySlug(c.Request().Context(), slug)
		if err != nil {
			return err
		}
		return s.drawConsultation(c, http.StatusBadRequest, con, "extend", Form{Values: posted, Problems: wrong})
	}
	if err := s.Pages.Service.ExtendVoting(c.Request().Context(), s.actor(c), slug, until, reason); err != nil {
		return s.refusedAction(c, "extend", posted, err)
	}
	return s.done(c, "/staff/consultations/"+slug, "extend", 0)
}

// closeNow is POST /staff/consultations/{slug}/close: the first person asks,
// with a public reason, and another one approves it. Who changes the reason asks
// anew instead, and has to wait for somebody else.
func (s *Staff) closeNow(c echo.Context) error {
	if err := staffForm(c); err != nil {
		return err
	}
	ctx, by, slug := c.Request().Context(), s.actor(c), c.Param("slug")
	reason := strings.TrimSpace(c.Request().PostForm.Get("reason"))
	con, err := s.Pages.Service.ConsultationBySlug(ctx, slug)
	if err != nil {
		return err
	}
	word, asked := "close", con.CloseRequest
	if asked != nil && asked.By != by.ID && (reason == "" || reason == asked.Reason) {
		err = s.Pages.Service.ApproveClose(ctx, by, slug)
	} else {
		word = "close-pending"
		err = s.Pages.Service.RequestClose(ctx, by, slug, reason)
	}
	if err != nil {
		return s.refusedAction(c, "close", c.Request().PostForm, err)
	}
	return s.done(c, "/staff/consultations/"+slug, word, 0)
}

// maxUpload bounds an uploaded file (spec: security.md 2): 180,000 codes.
const maxUpload = 8 << 20

// importCodes is POST /staff/consultations/{slug}/codes: the hashes of letter
// codes, as `polder codes generate` writes them. The codes are not in the file.
func (s *Staff) importCodes(c echo.Context) error {
	if err := s.may(c, consensus.ActDraft); err != nil {
		return err
	}
	slug, r := c.Param("slug"), c.Request()
	con, err := s.Pages.Service.ConsultationBySlug(r.Context(), slug)
	if err != nil {
		return err
	}
	if !takesHashes(con) {
		return &instance.Error{Code: instance.CodeConflict, Public: "error.codes-not-here", Err: consensus.ErrConflict}
	}
	r.Body = http.MaxBytesReader(c.Response(), r.Body, maxUpload)
	file, _, err := r.FormFile("hashes")
	if r.MultipartForm != nil {
		defer r.MultipartForm.RemoveAll()
	}
	if errors.Is(err, http.ErrMissingFile) {
		return s.drawConsultation(c, http.StatusBadRequest, con, "codes", Form{Problems: []Problem{Wrong("hashes", "error.codes-file")}})
	}
	if err != nil {
		return badBody(err)
	}
	defer file.Close()
	added, err := s.Pages.Service.ImportCodes(r.Context(), s.actor(c).ID, slug, file)
	if err != nil {
		return s.refusedAction(c, "codes", nil, err)
	}
	return s.done(c, "/staff/consultations/"+slug, "codes", added)
}
