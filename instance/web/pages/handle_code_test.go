// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"polder/consensus/eligibility"
	"polder/instance"
)

// letters prints letter codes for a consultation and imports their hashes.
func (s *site) letters(slug string, count int) (codes []string) {
	s.t.Helper()
	kcode, err := eligibility.GenerateSecret(rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	list, err := eligibility.GenerateCodes(rand.Reader, kcode.Bytes(), count)
	if err != nil {
		s.t.Fatal(err)
	}
	var file bytes.Buffer
	if err := eligibility.WriteHashes(&file, rand.Reader, kcode.Bytes(), list); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.node.Service.ImportCodes(context.Background(), "author", slug, &file); err != nil {
		s.t.Fatal(err)
	}
	for _, c := range list {
		codes = append(codes, c.Code.Letter())
	}
	return codes
}

// wrongCode is well formed, but was never printed.
func wrongCode(t testing.TB) string {
	c, err := eligibility.GenerateCode(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return c.Letter()
}

func TestLetterCodes(t *testing.T) {
	s := startMunicipality(t)
	s.announce("brief", 2, nil)
	codes := s.letters("brief", 4)

	t.Run("a right code lets its holder vote at level code", func(t *testing.T) {
		b := s.browser("brief")
		b.post("/code", "code", strings.ToLower(codes[0]), "consultation", "brief").want(t, 303, b.box())
		page := b.get(b.page()).doc(t)
		for _, want := range []string{"Uw stemcode klopt", "Uw stem telt mee.", "Uw stemcode is ingevuld."} {
			if !strings.Contains(said(page), want) {
				t.Errorf("%q is not said", want)
			}
		}
		b.vote("qa", "agree").want(t, 303, b.box())
		own := b.get(b.page() + "/votes")
		if !strings.Contains(said(own.doc(t)), "U stemt met: stemcode") {
			t.Errorf("own votes: %s", said(own.doc(t)))
		}
	})
	t.Run("the code is the voter in every browser", func(t *testing.T) {
		b := s.browser("brief")
		first := b.post("/code", "code", codes[0], "consultation", "brief").want(t, 303, b.box())
		if name := first.Cookies()[0].Name; name != "__Host-p" {
			t.Errorf("the first cookie is %s", name)
		}
		if got := b.asked(t, b.page()); got != "qb" {
			t.Errorf("the card asks %q", got)
		}
		b.vote("qa", "disagree").want(t, 303, b.box())
	})
	t.Run("a code does not bring over what was voted without it", func(t *testing.T) {
		b := s.browser("brief")
		b.vote("qa", "agree")
		b.post("/code", "code", codes[1], "consultation", "brief").want(t, 303, b.box())
		if got := b.asked(t, b.page()); got != "qa" {
			t.Errorf("the card asks %q", got)
		}
	})
	t.Run("next leads back, but only to the consultation", func(t *testing.T) {
		b := s.browser("brief")
		b.post("/code", "code", codes[2], "next", "/consultations/brief?s=2#vote").want(t, 303, "/consultations/brief?s=2#vote")
		for _, evil := range []string{"//elsewhere.example", "https://elsewhere.example/", `/\elsewhere.example`, "/lang?to=en", "/consultations/briefje"} {
			b.post("/code", "code", codes[2], "next", evil).want(t, 303, b.box())
		}
	})
	t.Run("mistakes are said at the field and nothing typed is lost", func(t *testing.T) {
		for _, c := range [][2]string{{"", "Vul uw stemcode in"}, {"K7QX-4M2P-9RTV-!", "Deze stemcode klopt niet"},
			{wrongCode(t), "Deze stemcode klopt niet"}} {
			b := s.browser("brief")
			got := b.post("/code", "code", c[0], "consultation", "brief", "next", "/consultations/brief").want(t, 400, "")
			page := got.doc(t)
			field := byID(t, page, "code")
			if attr(field, "aria-invalid") != "true" || attr(field, "value") != c[0] || fieldOf(page, "next") != "/consultations/brief" {
				t.Errorf("field %v", field.Attr)
			}
			if !strings.Contains(said(byID(t, page, "code-error")), c[1]) {
				t.Errorf("%q is not said", c[1])
			}
			if len(b.cookies) != 0 {
				t.Errorf("a wrong code sets %v", b.cookies)
			}
		}
	})
	t.Run("the form names the consultation", func(t *testing.T) {
		got := s.browser("brief").get("/code?consultation=brief&next=/consultations/brief").want(t, 200, "")
		if page := got.doc(t); fieldOf(page, "consultation") != "brief" || !strings.Contains(said(page), "Proef brief") {
			t.Errorf("form: %s", said(page))
		}
	})
}

// TestWrongCodesAreLimited: 5 wrong ones per 15 minutes and address; right ones
// do not count, however many a household or a library has.
func TestWrongCodesAreLimited(t *testing.T) {
	s := startMunicipality(t)
	s.announce("brief", 2, nil)
	codes := s.letters("brief", 8)
	b := s.browser("brief")
	for _, code := range codes {
		b.post("/code", "code", code).want(t, 303, b.box())
	}
	for range 5 {
		b.post("/code", "code", wrongCode(t)).want(t, 400, "")
	}
	for _, code := range []string{wrongCode(t), codes[0]} {
		got := b.post("/code", "code", code).want(t, 429, "")
		if got.Header.Get("Retry-After") != "900" || !strings.Contains(got.body, "te vaak een verkeerde code") {
			t.Errorf("Retry-After %q", got.Header.Get("Retry-After"))
		}
	}
	s.cluster.Advance(15 * time.Minute)
	b.post("/code", "code", codes[0]).want(t, 303, b.box())

	// A demonstration types codes by the hundred: -dev has no limits for loopback.
	dev := newSite(t, s.cluster, groningen, siteOptions{dev: true})
	dev.limiter.close("votes")
	d := dev.browser("brief")
	for range 8 {
		d.post("/code", "code", wrongCode(t)).want(t, 400, "")
	}
	d.vote("qa", "agree").want(t, 303, d.box())
	d.vote("qb", "agree").want(t, 303, d.box())
}

func TestAbsurdFormsAreRefused(t *testing.T) {
	s := startMunicipality(t)
	s.announce("brief", 2, func(d *instance.Draft) { d.Definition.K = 10 })
	b := s.browser("brief")
	if got := b.vote("qa", strings.Repeat("x", 100<<10)); got.StatusCode != http.StatusBadRequest {
		t.Errorf("status %d", got.StatusCode)
	}
	var many []string
	for i := range 2000 {
		many = append(many, fmt.Sprint(i))
	}
	b.vote("qa", many...).want(t, 400, "")
	b.post("/consultations/none/votes", "question", "qa", "choice", "agree").want(t, 404, "")
	b.post("/consultations/brief/votes").want(t, 303, b.box()) // no question: none that is current
}
