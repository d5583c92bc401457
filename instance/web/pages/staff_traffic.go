// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/instance"
)

// deliveries is GET /staff/deliveries.
func (s *Staff) deliveries(c echo.Context) error {
	t, err := s.Pages.Service.Traffic(c.Request().Context())
	if err != nil {
		return err
	}
	v := DeliveriesView{Figures: QueueFigures{Waiting: t.Waiting, Dead: t.DeadAll, Oldest: t.Oldest}}
	for _, h := range t.Hosts {
		v.Peers = append(v.Peers, PeerQueue{Host: h.Host, Waiting: h.Waiting, Attempts: h.Attempts, Next: h.Next,
			LastOK: h.LastOK, LastError: h.LastError, Breaker: h.Paused})
	}
	for _, d := range t.Dead {
		kind, object := activityOf(d.Raw)
		v.Dead = append(v.Dead, DeadLetter{ID: d.ID, Host: d.Host, Activity: kind, Object: object, GivenUp: d.GivenUp,
			Attempts: d.Attempts, LastError: d.Error})
	}
	return s.show(c, http.StatusOK, "", v)
}

// activityOf reads type and object of one of our own activities.
func activityOf(raw []byte) (kind, object string) {
	var a struct {
		Type   string          `json:"type"`
		Object json.RawMessage `json:"object"`
	}
	if json.Unmarshal(raw, &a) != nil {
		return "", ""
	}
	var whole struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(a.Object, &object) != nil && json.Unmarshal(a.Object, &whole) == nil {
		object = whole.ID
	}
	return a.Type, object
}

// retry is POST /staff/deliveries/{id}/retry.
func (s *Staff) retry(c echo.Context) error {
	if err := s.Pages.Service.RetryDelivery(c.Request().Context(), s.actor(c), c.Param("id")); err != nil {
		return err
	}
	return s.done(c, "/staff/deliveries", "retry", 0)
}

// refusalsPage is how many refusals one page lists.
const refusalsPage = 100

// refusals is GET /staff/refusals.
func (s *Staff) refusals(c echo.Context) error {
	host := strings.TrimSpace(c.QueryParam("host"))
	before, err := time.Parse(time.RFC3339Nano, c.QueryParam("before"))
	if err != nil {
		before = time.Time{}
	}
	lines, more, err := s.Pages.Service.Refusals(c.Request().Context(), host, before, refusalsPage)
	if err != nil {
		return err
	}
	v := RefusalsView{Host: host}
	for _, l := range lines {
		v.Rows = append(v.Rows, Refusal{At: l.At, Host: l.Host, Actor: l.Activity, Activity: l.Type, Code: l.Code, Detail: l.Detail})
	}
	if more {
		q := url.Values{"before": {lines[len(lines)-1].At.UTC().Format(time.RFC3339Nano)}}
		if host != "" {
			q.Set("host", host)
		}
		v.Older = "/staff/refusals?" + q.Encode()
	}
	return s.show(c, http.StatusOK, "", v)
}

// peers is GET /staff/peers.
func (s *Staff) peers(c echo.Context) error {
	return s.drawPeers(c, http.StatusOK, Form{Values: carried(c)})
}

func (s *Staff) drawPeers(c echo.Context, status int, f Form) error {
	list, err := s.Pages.Service.Peers(c.Request().Context())
	if err != nil {
		return err
	}
	v := PeersView{Form: f, Edit: s.actor(c).Roles.May(consensus.ActAccounts)}
	for _, p := range list {
		row := PeerPolicyRow{Host: p.Host, Policy: p.Policy, Capable: p.Capable, LastSeen: p.LastSeen, Delivered: p.Delivered, Failed: p.Failed}
		if row.Policy == "" {
			row.Policy = policyAllow
		}
		v.Rows = append(v.Rows, row)
	}
	return s.show(c, status, "/staff/peers", v)
}

// hostPattern is a name in the network, without port.
var hostPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)

// setPolicy is POST /staff/peers.
func (s *Staff) setPolicy(c echo.Context) error {
	if err := staffForm(c); err != nil {
		return err
	}
	if err := s.may(c, consensus.ActAccounts); err != nil {
		return err
	}
	posted := c.Request().PostForm
	if stale, err := s.stale(c, "/staff/peers", posted); stale || err != nil {
		return err
	}
	host, policy := hostOfTyped(posted.Get("host")), posted.Get("policy")
	var wrong []Problem
	if !hostPattern.MatchString(host) || len(host) > 253 {
		wrong = append(wrong, Wrong("host", "peers.host"))
	}
	if !slices.Contains(policies, policy) {
		wrong = append(wrong, Wrong("policy", "form.choice"))
	}
	if len(wrong) > 0 {
		return s.drawPeers(c, http.StatusBadRequest, Form{Values: posted, Problems: wrong})
	}
	if policy == policyAllow {
		policy = ""
	}
	if err := s.Pages.Service.SetPolicy(c.Request().Context(), s.actor(c).ID, host, policy); err != nil {
		return err
	}
	return s.done(c, "/staff/peers", "policy", 0)
}

// hostOfTyped takes the name out of what was typed: a name or a whole address.
func hostOfTyped(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	if _, rest, ok := strings.Cut(text, "://"); ok {
		text = rest
	}
	name, _, _ := strings.Cut(text, "/")
	name, _, _ = strings.Cut(name, ":")
	return strings.TrimSuffix(name, ".")
}

// auditPage is how many entries one page lists.
const auditPage = 100

// audit is GET /staff/audit.
func (s *Staff) audit(c echo.Context) error {
	before := parseCount(c.QueryParam("before"))
	list, err := s.Pages.Service.AuditLog(c.Request().Context(), s.actor(c), before, auditPage)
	if err != nil {
		return err
	}
	names, err := s.names(c)
	if err != nil {
		return err
	}
	v := AuditView{}
	for _, e := range list {
		v.Rows = append(v.Rows, auditRow(e, names))
	}
	if len(list) == auditPage && list[auditPage-1].Seq > 1 {
		v.Older = "/staff/audit?before=" + formatCount(list[auditPage-1].Seq)
	}
	return s.show(c, http.StatusOK, "", v)
}

func auditRow(e instance.AuditEntry, names map[string]string) AuditRow {
	return AuditRow{Seq: e.Seq, At: e.At, Actor: nameIn(names, e.Actor), Action: e.Action, Target: e.Target, Hash: e.Prev}
}
