// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"

	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"polder/activitypub"
	"polder/activitypub/httpsig"
	"polder/consensus/eligibility"
)

// castWorkers is the number of voters that vote at the same time.
const castWorkers = 32

// caster casts the votes of a plan through the public HTTP interfaces of the
// municipalities, as visitors, holders of letter codes and remote accounts.
type caster struct {
	plan    *demoPlan
	places  []castPlace
	remote  *remoteServer
	client  *http.Client
	journal *journal
	cookie  func(place int, visitor string) (*http.Cookie, error)
	count   atomic.Int64
	total   int64
	report  func(done, total int64)
}

// castPlace is where votes of one municipality go.
type castPlace struct {
	Base  string
	Slug  string
	Codes []demoLetter      // one per code voter, in order of rank
	IDs   map[string]string // question of the plan -> statement id
	Polls map[string]string // question of the plan -> poll id
}

// loopbackClient talks to names under .localhost, wherever a resolver would
// send them, and follows no redirect.
func loopbackClient() *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	transport := &http.Transport{MaxIdleConnsPerHost: castWorkers, MaxIdleConns: 0, DisableCompression: true,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(addr)
			if err == nil && (host == "localhost" || strings.HasSuffix(host, ".localhost")) {
				addr = net.JoinHostPort("127.0.0.1", port)
			}
			return dialer.DialContext(ctx, network, addr)
		}}
	return &http.Client{Transport: transport, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// run casts every vote that has not been acknowledged yet. keep limits it to
// some voters; nil takes all.
func (c *caster) run(ctx context.Context, keep func(demoVoter) bool) error {
	codes := make([]int, len(c.places))
	for _, v := range c.plan.Voters {
		if keep == nil || keep(v) {
			c.total += int64(len(v.Votes))
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(castWorkers)
	for _, v := range c.plan.Voters {
		letter := codes[v.Place]
		if v.Level == eligibility.Code {
			codes[v.Place]++
		}
		if keep != nil && !keep(v) {
			continue
		}
		group.Go(func() error { return c.voter(ctx, v, letter) })
	}
	return group.Wait()
}

// voter casts the votes of one participant.
func (c *caster) voter(ctx context.Context, v demoVoter, letter int) error {
	var cookie *http.Cookie
	for _, vote := range v.Votes {
		q := c.plan.Questions[vote.Question]
		name := fmt.Sprintf("%s %d %s", c.places[v.Place].Slug, v.Rank, q.ID)
		if c.journal.has(name) {
			c.step()
			continue
		}
		var err error
		switch {
		case v.Level == eligibility.Fediverse:
			err = c.castRemote(ctx, v, q, vote.Choice)
		case cookie == nil:
			if cookie, err = c.enter(ctx, v, letter); err == nil {
				err = c.castForm(ctx, v.Place, cookie, q, vote.Choice)
			}
		default:
			err = c.castForm(ctx, v.Place, cookie, q, vote.Choice)
		}
		if err != nil {
			return fmt.Errorf("vote of participant %d on %s: %w", v.Number, q.ID, err)
		}
		if err := c.journal.add(name); err != nil {
			return err
		}
		c.step()
	}
	return nil
}

func (c *caster) step() {
	if n := c.count.Add(1); n%20 == 0 {
		c.report(n, c.total)
	}
}

// enter gives the cookie with which a participant votes: that of a browser, or
// the one a letter code is exchanged for.
func (c *caster) enter(ctx context.Context, v demoVoter, letter int) (*http.Cookie, error) {
	if v.Level == eligibility.Open {
		return c.cookie(v.Place, fmt.Sprintf("%s-%d", c.places[v.Place].Slug, v.Rank))
	}
	p := c.places[v.Place]
	resp, err := c.post(ctx, p.Base+"/code", url.Values{"code": {p.Codes[letter].Code}, "consultation": {p.Slug}}, nil)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusSeeOther || len(resp.Cookies()) == 0 {
		return nil, fmt.Errorf("letter code was answered with status %d", resp.StatusCode)
	}
	return resp.Cookies()[0], nil
}

func (c *caster) castForm(ctx context.Context, place int, cookie *http.Cookie, q demoQuestion, choice string) error {
	p := c.places[place]
	form := url.Values{"question": {p.IDs[q.ID]}, "choice": {choice}}
	resp, err := c.post(ctx, p.Base+"/consultations/"+p.Slug+"/votes", form, cookie)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}

func (c *caster) post(ctx context.Context, to string, form url.Values, cookie *http.Cookie) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if cookie != nil {
		req.AddCookie(cookie)
	}
	return c.do(req)
}

// do sends a request and reads the answer to its end, so that the connection
// is used again.
func (c *caster) do(req *http.Request) (*http.Response, error) {
	resp, err := c.again(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	return resp, err
}

// castTries is how often a request is sent whose connection breaks.
const castTries = 5

// again sends a request once more if its connection broke, as happens to one
// that lay idle on a busy machine. The same vote twice counts once.
func (c *caster) again(req *http.Request) (*http.Response, error) {
	for try := 1; ; try++ {
		resp, err := c.client.Do(req)
		if err == nil || try == castTries || req.Context().Err() != nil {
			return resp, err
		}
		body, bodyErr := req.GetBody()
		if bodyErr != nil {
			return nil, err
		}
		req = req.Clone(req.Context())
		req.Body = body
	}
}

// castRemote sends a signed poll vote from the built-in remote server.
func (c *caster) castRemote(ctx context.Context, v demoVoter, q demoQuestion, choice string) error {
	p := c.places[v.Place]
	poll, ok := p.Polls[q.ID]
	if !ok {
		return fmt.Errorf("no poll for this question")
	}
	user := fmt.Sprintf("deelnemer%d", v.Rank)
	body, err := c.remote.vote(user, p.Base+"/consultations/"+p.Slug, poll, optionName(choice))
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Base+"/inbox", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", activitypub.ContentType)
	if err := c.remote.signer(user).Sign(req, body, time.Now(), httpsig.Cavage); err != nil {
		return err
	}
	resp, err := c.do(req)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusAccepted {
		return fmt.Errorf("inbox answered with status %d", resp.StatusCode)
	}
	return nil
}

func optionName(choice string) string {
	for _, o := range (demoQuestion{}).question().Options {
		if o.ID == choice {
			return o.Text["nl"]
		}
	}
	return ""
}

// readPolls reads the polls of a consultation from the outbox of its Group, as
// any other server would, and gives question id -> poll id by position.
func readPolls(ctx context.Context, client *http.Client, group string, questions []demoQuestion) (map[string]string, error) {
	polls := map[string]string{}
	for page := activitypub.PageURL(group+"/outbox", 1); page != ""; {
		doc, err := getDocument(ctx, client, page)
		if err != nil {
			return nil, err
		}
		items, err := doc.Objects("orderedItems")
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			o, err := item.Object("object")
			if err != nil || o.Type() != activitypub.TypeQuestion {
				continue
			}
			if n, ok := o.Int("polder:number"); ok && n >= 1 && int(n) <= len(questions) {
				polls[questions[n-1].ID] = o.ID()
			}
		}
		page = doc.IRI("next")
	}
	if len(polls) < len(questions) {
		return nil, fmt.Errorf("%s shows %d of %d polls", group, len(polls), len(questions))
	}
	return polls, nil
}

func getDocument(ctx context.Context, client *http.Client, url string) (*activitypub.Document, error) {
	raw, err := getBytes(ctx, client, url, activitypub.Accept)
	if err != nil {
		return nil, err
	}
	doc, err := activitypub.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", url, err)
	}
	return doc, nil
}

func getBytes(ctx context.Context, client *http.Client, url, accept string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", accept)
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 2<<20))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered with status %d", url, resp.StatusCode)
	}
	return raw, nil
}
