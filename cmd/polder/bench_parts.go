// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"polder/activitypub"
	"polder/activitypub/httpsig"
)

// load fires shots at the instance and notes the processor time it took.
func (b *bench) load(ctx context.Context, shots []shot) (loadResult, error) {
	before := b.place.cpu()
	l, err := load(ctx, b.place.addr, b.flags.clients, time.Duration(b.flags.seconds)*time.Second, shots)
	l.cpu = b.place.cpu() - before
	return l, err
}

// votes posts ballots as browsers do: a form, with the cookie of somebody who
// has entered a letter code. Each is on disk before it is answered.
func (b *bench) votes(ctx context.Context) error {
	p := b.place
	shots := make([]shot, 0, b.flags.count)
	for i := range b.flags.count {
		cookie, err := p.cookie(i / benchQuestions)
		if err != nil {
			return err
		}
		form := url.Values{"question": {fmt.Sprintf("q%d", i%benchQuestions)}, "choice": {demoChoices[i%len(demoChoices)]}}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.opt.URL+"/consultations/"+benchSlug+"/votes", strings.NewReader(form.Encode()))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.AddCookie(cookie)
		s, err := newShot(req, http.StatusSeeOther)
		if err != nil {
			return err
		}
		shots = append(shots, s)
	}
	l, err := b.load(ctx, shots)
	b.add("votes", "votes by form and letter code, durable", ">= 3000/s", l)
	return err
}

// cookie is that of a visitor who has entered the code with this number.
func (p *benchPlace) cookie(code int) (*http.Cookie, error) {
	v, err := p.sealer.NewVisitor()
	if err != nil {
		return nil, err
	}
	v.Enter(p.con, p.codes[code])
	v.Extend(time.Now().AddDate(0, 2, 0))
	return p.sealer.Cookie(v, time.Now())
}

// inbox posts signed poll votes of accounts of another server; they are signed
// before the clock starts.
func (b *bench) inbox(ctx context.Context) error {
	p := b.place
	polls, err := readPolls(ctx, loopbackClient(), p.opt.URL+"/consultations/"+benchSlug, benchDraftQuestions())
	if err != nil {
		return err
	}
	count := min(b.flags.count, 8000) // the queue of an instance is bounded
	fmt.Fprintf(b.progress, "  signing %d posts\n", count+benchUsers)
	shots := make([]shot, count+benchUsers)
	err = inParallel(ctx, len(shots), func(i int) (err error) {
		shots[i], err = p.signed(ctx, i, polls[fmt.Sprintf("q%d", i/benchUsers%benchQuestions)])
		return err
	})
	if err != nil {
		return err
	}
	// The first post of every account makes the instance fetch its key.
	if _, err := load(ctx, p.addr, 1, time.Minute, shots[:benchUsers]); err != nil {
		return err
	}
	l, err := b.load(ctx, shots[benchUsers:])
	b.add("inbox", "signed inbox posts, verified and stored", ">= 1500/s", l)
	if err != nil {
		return err
	}
	return p.settle(ctx)
}

func benchDraftQuestions() []demoQuestion {
	var list []demoQuestion
	for i := range benchQuestions {
		list = append(list, demoQuestion{ID: fmt.Sprintf("q%d", i)})
	}
	return list
}

// signed is one poll vote. Every post has an id of its own, so none is taken
// for a repetition.
func (p *benchPlace) signed(ctx context.Context, i int, poll string) (shot, error) {
	user := fmt.Sprintf("meter%d", i%benchUsers)
	actor, group := p.remote.actor(user), p.opt.URL+"/consultations/"+benchSlug
	id := fmt.Sprintf("%s#votes/%d", actor, i)
	body, err := activitypub.Marshal(map[string]any{
		"@context": "https://www.w3.org/ns/activitystreams", "id": id + "/activity", "type": "Create", "actor": actor, "to": group,
		"object": map[string]any{"id": id, "type": "Note", "name": optionName("agree"), "attributedTo": actor, "to": group, "inReplyTo": poll},
	})
	if err != nil {
		return shot{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.opt.URL+"/inbox", bytes.NewReader(body))
	if err != nil {
		return shot{}, err
	}
	req.Header.Set("Content-Type", activitypub.ContentType)
	if err := p.remote.signer(user).Sign(req, body, time.Now(), httpsig.Cavage); err != nil {
		return shot{}, err
	}
	return newShot(req, http.StatusAccepted)
}

// reads fetches actors and WebFinger in turn.
func (b *bench) reads(ctx context.Context) error {
	p := b.place
	host := strings.TrimPrefix(p.opt.URL, "http://")
	var kinds []shot
	for _, target := range []string{p.opt.URL + "/actor", p.opt.URL + "/.well-known/webfinger?resource=" + url.QueryEscape("acct:"+benchSlug+"@"+host),
		p.opt.URL + "/organization", p.opt.URL + "/consultations/" + benchSlug} {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
		if err != nil {
			return err
		}
		req.Header.Set("Accept", activitypub.Accept)
		s, err := newShot(req, http.StatusOK)
		if err != nil {
			return err
		}
		kinds = append(kinds, s)
	}
	shots := make([]shot, b.flags.count*2)
	for i := range shots {
		shots[i] = kinds[i%len(kinds)]
	}
	l, err := b.load(ctx, shots)
	b.add("reads", "actor and WebFinger reads", ">= 10000/s", l)
	return err
}

// startup stops the instance and starts it on its store, from the start of the
// process to its first answer.
func (b *bench) startup(ctx context.Context) error {
	var l loadResult
	for range 5 {
		if err := b.place.halt(); err != nil {
			return err
		}
		begin := time.Now()
		if err := b.place.start(ctx); err != nil {
			return err
		}
		took := time.Since(begin)
		l.took += took
		l.times = append(l.times, took)
	}
	slices.Sort(l.times)
	b.add("startup", "start on an existing store, until ready", "< 300 ms", l)
	return nil
}

// memory reads the resident memory of an instance that has been started on its
// store, has answered a page, and rests.
func (b *bench) memory(ctx context.Context) error {
	if b.place.child == nil {
		return nil // load and instance are one process
	}
	if err := b.place.halt(); err != nil {
		return err
	}
	if err := b.place.start(ctx); err != nil {
		return err
	}
	resp, err := loopbackClient().Get(b.place.opt.URL + "/consultations/" + benchSlug)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if err := b.place.settle(ctx); err != nil {
		return err
	}
	b.report.Results = append(b.report.Results, benchResult{Name: "memory", What: "idle, after a start and one page", Count: 1,
		MiB: b.place.rss(), Target: "< 40 MB"})
	return nil
}
