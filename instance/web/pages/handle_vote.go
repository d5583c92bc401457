// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"bytes"
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance"
	"polder/instance/web"
)

// ballotPost is one posted vote on its way: who votes, on what, and how the
// answer is wanted.
type ballotPost struct {
	con      *consensus.Consultation
	visitor  Visitor
	fresh    bool // the browser has no cookie yet
	voter    instance.Voter
	question string
	index    int // of a poll among the polls, -1 if there is no such
	at       time.Time
	fragment bool
}

// postVote is POST /consultations/{slug}/votes (spec: interface.md 2). A vote
// that is stored and redirected draws no page and reads nothing but the
// consultation.
func (p *Pages) postVote(c echo.Context) error {
	b, err := p.ballotPost(c)
	if err != nil {
		return err
	}
	var cast instance.Casted
	if err = p.admit(c, b); err == nil {
		cast, err = p.Service.CastVote(c.Request().Context(), instance.Cast{Consultation: b.con.ID, Question: b.question,
			Options: b.choices(c.Request().PostForm), Level: b.voter.Level, Identity: b.voter.Identity, Received: b.at})
	}
	if err != nil {
		return p.refuse(c, b, err)
	}
	if err := p.keep(c, b); err != nil {
		return err
	}
	if b.fragment {
		return p.fragment(c, b, http.StatusOK, nil)
	}
	if cast.Number > 0 {
		p.setFlash(c, "stated", cast.Number)
	} else {
		p.setFlash(c, "saved", b.index+1)
	}
	return p.backToVote(c, b)
}

// postWithdraw is POST /consultations/{slug}/votes/withdraw. With `level` = open
// it takes back a vote that the browser cast before its letter code was shown.
func (p *Pages) postWithdraw(c echo.Context) error {
	b, err := p.ballotPost(c)
	if err != nil {
		return err
	}
	if c.Request().PostForm.Get("level") == string(eligibility.Open) {
		b.voter = browserOf(b.visitor)
	}
	if err = p.admit(c, b); err == nil {
		err = p.Service.WithdrawVote(c.Request().Context(), instance.Cast{Consultation: b.con.ID, Question: b.question,
			Level: b.voter.Level, Identity: b.voter.Identity, Received: b.at})
	}
	if err != nil {
		return p.refuse(c, b, err)
	}
	p.setFlash(c, "withdrawn", 0)
	return c.Redirect(http.StatusSeeOther, "/consultations/"+b.con.Slug+"/votes")
}

func (p *Pages) ballotPost(c echo.Context) (*ballotPost, error) {
	private(c)
	if err := form(c); err != nil {
		return nil, err
	}
	r := c.Request()
	b := &ballotPost{at: p.Service.Now(), question: r.PostForm.Get("question"), fragment: r.Header.Get("X-Fragment") == "1"}
	var err error
	if b.con, err = p.views.Consultation(r.Context(), c.Param("slug")); err != nil {
		return nil, err
	}
	if !b.con.Leaf {
		return nil, &instance.Error{Code: instance.CodeForbidden, Public: "error.level", Err: consensus.ErrElsewhere}
	}
	known := false
	if b.visitor, known = p.Sealer.Visitor(r); !known {
		b.fresh = true
		if b.visitor, err = p.Sealer.NewVisitor(); err != nil {
			return nil, err
		}
	}
	b.voter = voterIn(b.con, b.visitor)
	b.index = slices.IndexFunc(pollsOf(b.con.Definition), func(q consensus.DefinitionQuestion) bool { return q.ID == b.question })
	return b, nil
}

// pollsOf are the questions of a definition that are asked as they are there.
func pollsOf(def *consensus.Definition) []consensus.DefinitionQuestion {
	if def == nil {
		return nil
	}
	if _, talk := def.StatementsQuestion(); !talk {
		return def.Questions
	}
	return slices.DeleteFunc(slices.Clone(def.Questions), func(q consensus.DefinitionQuestion) bool { return q.Kind == consensus.KindStatements })
}

// choices are the posted options. Only approval can be left blank; an answer
// without a choice is one that does not exist.
func (b *ballotPost) choices(posted url.Values) []string {
	list := posted["choice"]
	if len(list) == 0 && b.index >= 0 && kindOf(&pollsOf(b.con.Definition)[b.index]) != kindApproval {
		return []string{""}
	}
	return list
}

// admit is the limit of votes per voter. Somebody new is a voter nobody has
// counted yet; the general limit per address holds for them.
func (p *Pages) admit(c echo.Context, b *ballotPost) error {
	if b.fresh || p.exempt(c) {
		return nil
	}
	if wait, ok := p.Limiter.Allow("votes", b.voter.Identity); !ok {
		return web.Limited(wait)
	}
	return nil
}

// keep gives the browser its participation cookie with the first vote, and a
// longer life where this consultation needs it.
func (p *Pages) keep(c echo.Context, b *ballotPost) error {
	if later := b.visitor.Extend(b.con.ClosesAt); !later && !b.fresh {
		return nil
	}
	cookie, err := p.Sealer.Cookie(b.visitor, b.at)
	if err != nil {
		return err
	}
	c.SetCookie(cookie)
	return nil
}

// backToVote sends the browser to the next question, or back to the list of all
// questions if it came from there.
func (p *Pages) backToVote(c echo.Context, b *ballotPost) error {
	to := "/consultations/" + b.con.Slug
	if from, err := url.Parse(c.Request().Referer()); err == nil && from.Path == to && from.Query().Get("q") == "all" {
		to += "?q=all"
	}
	return c.Redirect(http.StatusSeeOther, to+"#vote")
}

// refuse answers a vote that was not stored.
func (p *Pages) refuse(c echo.Context, b *ballotPost, err error) error {
	var limited *web.LimitError
	if errors.As(err, &limited) {
		return p.later(c, b, err, http.StatusTooManyRequests, limited.Retry, "error.limited.text")
	}
	e := instance.AsError(err)
	switch e.Code {
	case instance.CodeConflict:
		return p.outdated(c, b, e)
	case instance.CodeForbidden:
		if b.fragment {
			return p.fragment(c, b, http.StatusForbidden, nil)
		}
		return c.Redirect(http.StatusSeeOther, "/login?next="+url.QueryEscape("/consultations/"+b.con.Slug+"#vote"))
	case instance.CodeInvalid:
		problem := Msg(e.Public)
		if b.fragment {
			return p.fragment(c, b, http.StatusBadRequest, &problem)
		}
		return p.showRefused(c, b, problem)
	case instance.CodeUnavailable:
		return p.later(c, b, err, http.StatusServiceUnavailable, time.Minute, e.Public)
	}
	return err
}

// outdated: the question is gone, or voting is closed.
func (p *Pages) outdated(c echo.Context, b *ballotPost, e *instance.Error) error {
	word := "closed"
	if errors.Is(e, consensus.ErrUnknownQuestion) {
		word = "stale"
		if _, talk := b.con.Definition.StatementsQuestion(); talk {
			word = "removed"
		}
	}
	if b.fragment {
		return p.fragment(c, b, http.StatusConflict, flash{Word: word}.problem())
	}
	p.setFlash(c, word, 0)
	return p.backToVote(c, b)
}

// later asks to try again: as a page through the writer of errors, as a card
// here.
func (p *Pages) later(c echo.Context, b *ballotPost, err error, status int, wait time.Duration, key string) error {
	if !b.fragment {
		return err
	}
	c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	problem := Msg(key)
	return p.fragment(c, b, status, &problem)
}

// fragment answers with the card alone: after a stored vote the next question,
// else the one that was asked.
func (p *Pages) fragment(c echo.Context, b *ballotPost, status int, problem *Message) error {
	page, err := p.views.Page(c.Request().Context(), b.con.Slug, b.voter)
	if err != nil {
		return err
	}
	x := &box{page: page, voter: b.voter, words: p.wordsOf(p.lang(c)), now: b.at}
	var card Card
	if status == http.StatusOK {
		at := x.index(b.question)
		card = x.card(x.next(at))
		card.Saved, card.Previous = x.saved(at), b.question
	} else {
		card = x.refused(b, status, problem)
	}
	var body bytes.Buffer
	if err := p.Renderer.Card(&body, x.words.Lang(), card); err != nil {
		return err
	}
	c.Response().Header().Add("Vary", "X-Fragment")
	return c.HTMLBlob(status, body.Bytes())
}

// refused is the card after a vote that was not stored.
func (x *box) refused(b *ballotPost, status int, problem *Message) Card {
	at := x.index(b.question)
	if at < 0 {
		at = x.next(-1)
	}
	card := x.card(at)
	if status == http.StatusForbidden {
		card.State, card.Question = CardLevel, nil
	}
	card.Error = problem
	return card
}

// showRefused is the page of the consultation with what went wrong in the card.
func (p *Pages) showRefused(c echo.Context, b *ballotPost, problem Message) error {
	f := p.frame(c)
	f.Path = "/consultations/" + b.con.Slug
	page, err := p.views.Page(c.Request().Context(), b.con.Slug, b.voter)
	if err != nil {
		return err
	}
	x := &box{page: page, voter: b.voter, words: p.wordsOf(f.Lang), now: f.Now}
	view := x.view()
	view.Card = x.refused(b, http.StatusBadRequest, &problem)
	return p.draw(c, http.StatusBadRequest, f, view)
}

// wordsOf are the words of a language, for what handlers say themselves.
func (p *Pages) wordsOf(lang string) words {
	return words{Printer: p.Service.Options().Texts.Printer(lang), site: p.Site}
}

// local reports whether an address stays on this site.
func local(next string) bool {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return false
	}
	u, err := url.Parse(next)
	return err == nil && u.Scheme == "" && u.Host == ""
}
