// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"polder/consensus/eligibility"
	"polder/instance"
	"polder/instance/federationtest"
)

// fill casts votes by service: n at a level, the first `agree` of them agree,
// the others disagree.
func fill(t testing.TB, n *federationtest.Node, slug, question string, level eligibility.Level, count, agree int) {
	t.Helper()
	var hashes []string
	if level == eligibility.Code {
		hashes = n.Codes(slug, count)
	}
	var wg sync.WaitGroup
	for i := range count {
		identity := fmt.Sprintf("%s %d", level, i)
		if hashes != nil {
			identity = hashes[i]
		}
		option := "disagree"
		if i < agree {
			option = "agree"
		}
		wg.Go(func() { // at once: they share commits
			if err := n.Vote(slug, question, option, level, identity); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// pagesOfCount are the pages on which figures could show.
func pagesOfCount(slug string) []string {
	c := "/consultations/" + slug
	return []string{"/", "/consultations", c, c + "?q=all", c + "/results", "/network"}
}

// TestNoOptionCountsBeforeClose: with 4,321-like numbers nobody could miss, no
// page tells what was chosen while people vote, and turnout shows only what a
// signed tally says.
func TestNoOptionCountsBeforeClose(t *testing.T) {
	s := startMunicipality(t)
	s.announce("fietspad", 1, nil)
	fill(t, s.node, "fietspad", "qa", eligibility.Code, 61, 44)
	fill(t, s.node, "fietspad", "qa", eligibility.Open, 39, 22)
	b := s.browser("fietspad")
	if page := said(b.get(b.page()).doc(t)); strings.Contains(page, "61") {
		t.Errorf("turnout is shown before any tally says it: %s", page)
	}
	s.cluster.Advance(2 * time.Minute) // interim tally
	digits := regexp.MustCompile(`\b(44|17|22)\b`)
	for _, path := range pagesOfCount("fietspad") {
		page := said(byID(t, b.get(path).doc(t), "content"))
		if found := digits.FindString(page); found != "" {
			t.Errorf("%s shows %s: %s", path, found, page)
		}
	}
	results := said(byID(t, b.get(b.page()+"/results").doc(t), "content"))
	for _, want := range []string{"Tussenstand", "61", "39", "laten wij pas zien als het stemmen gesloten is", "polder verify tally https://groningen.test/consultations/fietspad/tallies/1-"} {
		if !strings.Contains(results, want) {
			t.Errorf("%q is not on the page: %s", want, results)
		}
	}
	s.cluster.Advance(time.Hour)
	s.cluster.Advance(5 * time.Minute)
	after := b.get(b.page() + "/results")
	results = said(byID(t, after.doc(t), "content"))
	for _, want := range []string{"Voorlopige uitslag", "44", "17", "22", "Wat meetelt en wat niet meetelt staat altijd apart"} {
		if !strings.Contains(results, want) {
			t.Errorf("after closing %q is not on the page: %s", want, results)
		}
	}
	if strings.Contains(results, "66") || strings.Contains(results, "100") && strings.Contains(results, " 100 ") {
		t.Errorf("official votes and signals were added: %s", results)
	}
	wantTables(t, after)
}

// wantTables: official levels and signals have tables of their own.
func wantTables(t *testing.T, a answer) {
	t.Helper()
	var captions []string
	for _, c := range all(byID(t, a.doc(t), "q-qa"), func(n *node) bool { return n.Data == "caption" }) {
		captions = append(captions, said(c))
	}
	if got := strings.Join(captions, "; "); got != "Wat telt mee; Ook gestemd, telt niet mee" {
		t.Errorf("tables: %s", got)
	}
}

// TestSmallNumbersAreNotShown: fewer than 10 of a class are hidden, and so is
// turnout; what nobody may see is not on any page.
func TestSmallNumbersAreNotShown(t *testing.T) {
	s := startMunicipality(t)
	s.announce("fietspad", 1, nil)
	fill(t, s.node, "fietspad", "qa", eligibility.Code, 7, 4)
	fill(t, s.node, "fietspad", "qa", eligibility.Open, 25, 12)
	s.cluster.Advance(2 * time.Minute)
	b := s.browser("fietspad")
	page := said(byID(t, b.get(b.page()).doc(t), "content"))
	if strings.Contains(page, "7 stemmen") || !strings.Contains(page, "minder dan 10") || !strings.Contains(page, "25") {
		t.Errorf("turnout: %s", page)
	}
	s.cluster.Advance(time.Hour)
	s.cluster.Advance(5 * time.Minute)
	results := said(byID(t, b.get(b.page()+"/results").doc(t), "content"))
	for _, want := range []string{"Niet getoond, omdat het minder dan 10 stemmen zijn: stemcode", "12", "13"} {
		if !strings.Contains(results, want) {
			t.Errorf("%q is not said: %s", want, results)
		}
	}
}

func TestAnUnknownResultIsSaidToBeUnknown(t *testing.T) {
	s := startMunicipality(t)
	s.announce("fietspad", 1, nil)
	b := s.browser("fietspad")
	if results := said(b.get(b.page() + "/results").doc(t)); !strings.Contains(results, "Nog geen uitslag") {
		t.Errorf("before the first tally: %s", results)
	}
	fill(t, s.node, "fietspad", "qa", eligibility.Open, 4, 2)
	s.cluster.Advance(time.Hour)
	s.cluster.Advance(5 * time.Minute)
	if results := said(b.get(b.page() + "/results").doc(t)); !strings.Contains(results, "Niet getoond: te weinig stemmen (minder dan 10)") {
		t.Errorf("withheld: %s", results)
	}
}

// TestLiveResultsStayWithTheirLevel: with `live` remote residents see the
// counts of their level in the poll; no page adds those of another one.
func TestLiveResultsStayWithTheirLevel(t *testing.T) {
	s := startMunicipality(t)
	s.announce("fietspad", 1, func(d *instance.Draft) { d.Definition.Results = "live" })
	fill(t, s.node, "fietspad", "qa", eligibility.Code, 61, 44)
	fill(t, s.node, "fietspad", "qa", eligibility.Fediverse, 39, 22)
	s.cluster.Advance(2 * time.Minute)
	b := s.browser("fietspad")
	for _, path := range pagesOfCount("fietspad") {
		if page := said(byID(t, b.get(path).doc(t), "content")); regexp.MustCompile(`\b(44|17)\b`).MatchString(page) {
			t.Errorf("%s shows what was chosen at level code: %s", path, page)
		}
	}
}

// jointSites is a nation, a province and two municipalities that hold one
// consultation together, with the pages of each.
func jointSites(t *testing.T) (nation, province, first, second *site) {
	t.Helper()
	c := federationtest.NewCluster(t, nationPlace, provPlace, groningen, midden)
	c.Bind(nationPlace, provPlace)
	c.Bind(provPlace, groningen)
	c.Bind(provPlace, midden)
	c.Node(nationPlace).Announce(c.Draft("water", 1, true, provPlace, groningen, midden))
	c.AdoptAll(provPlace, groningen, midden)
	at := func(p federationtest.Place) *site { return newSite(t, c, p, siteOptions{}) }
	return at(nationPlace), at(provPlace), at(groningen), at(midden)
}

func TestJointPages(t *testing.T) {
	nation, province, first, second := jointSites(t)
	home := func(s *site) string { return said(byID(t, s.browser("").get("/").want(t, 200, "").doc(t), "content")) }

	t.Run("before anybody counted", func(t *testing.T) {
		for _, s := range []*site{nation, province} {
			page := home(s)
			for _, want := range []string{"0 van 2", "Groningen", "Midden-Groningen", "Nog niet ontvangen"} {
				if !strings.Contains(page, want) {
					t.Errorf("%s: %q is not said: %s", s.node.Host, want, page)
				}
			}
		}
	})
	t.Run("nobody votes at a nation", func(t *testing.T) {
		b := nation.browser("water")
		b.get(b.page()).want(t, 303, "/consultations/water/results")
		b.vote("qa", "agree").want(t, 403, "")
	})
	t.Run("a municipality says with whom it asks", func(t *testing.T) {
		page := first.browser("water").get("/consultations/water").doc(t)
		for _, want := range []string{"In totaal 2 gemeenten", "Nederland"} {
			if !strings.Contains(said(page), want) {
				t.Errorf("%q is not said: %s", want, said(page))
			}
		}
		links := all(page, func(n *node) bool { return attr(n, "href") == "https://rijk.test/consultations/water/results" })
		if len(links) == 0 {
			t.Error("no link to the total")
		}
	})
	t.Run("while voting nothing shows what is chosen", func(t *testing.T) {
		fill(t, first.node, "water", "qa", eligibility.Code, 61, 44)
		fill(t, second.node, "water", "qa", eligibility.Code, 53, 14)
		fill(t, second.node, "water", "qa", eligibility.Open, 31, 19)
		nation.cluster.Advance(2 * time.Minute)
		nation.cluster.Advance(2 * time.Minute)
		for _, s := range []*site{nation, province, first, second} {
			for _, path := range pagesOfCount("water") {
				got := s.browser("").get(path)
				if got.StatusCode == 303 {
					continue
				}
				page := said(byID(t, got.doc(t), "content"))
				if found := regexp.MustCompile(`\b(44|17|14|39|58|56|19|12)\b`).FindString(page); found != "" {
					t.Errorf("%s%s shows %s: %s", s.node.Host, path, found, page)
				}
			}
		}
		if page := home(nation); !strings.Contains(page, "114") {
			t.Errorf("turnout of both: %s", page)
		}
	})
	t.Run("after closing the total is the sum, with its members and their checks", func(t *testing.T) {
		nation.cluster.Advance(time.Hour)
		nation.cluster.Advance(5 * time.Minute)
		nation.cluster.Advance(5 * time.Minute)
		for _, s := range []*site{nation, province} {
			got := s.browser("").get("/consultations/water/results").want(t, 200, "")
			doc := got.doc(t)
			page := said(byID(t, doc, "content"))
			for _, want := range []string{"2 van 2", "114", "58", "56", "Voorlopig", "polder verify aggregate --deep https://" + s.node.Host + "/consultations/water/tallies/1-",
				"Bron: Kadaster / Centraal Bureau voor de Statistiek, 2023"} {
				if !strings.Contains(page, want) {
					t.Errorf("%s: %q is not said: %s", s.node.Host, want, page)
				}
			}
			row := byID(t, doc, "GM1952")
			if !strings.Contains(said(row), "53") || !strings.Contains(said(row), "SA") {
				t.Errorf("%s: Midden-Groningen: %s", s.node.Host, said(row))
			}
			links := all(row, func(n *node) bool {
				return strings.HasPrefix(attr(n, "href"), "https://midden.test/consultations/water/tallies/1-")
			})
			if len(links) != 1 {
				t.Errorf("%s: %d links to the signed tally", s.node.Host, len(links))
			}
			wantTables(t, got)
		}
	})
	t.Run("the nation has a map of its own", func(t *testing.T) {
		doc := nation.browser("").get("/").doc(t)
		img := all(doc, func(n *node) bool { return n.Data == "img" })
		if len(img) != 1 {
			t.Fatalf("%d pictures", len(img))
		}
		got := nation.browser("").get(attr(img[0], "src")).want(t, 200, "")
		if got.Header.Get("Content-Type") != "image/svg+xml" || strings.Count(got.body, "<path") < 342 {
			t.Errorf("map: %s, %d paths", got.Header.Get("Content-Type"), strings.Count(got.body, "<path"))
		}
		if !strings.Contains(got.body, "Midden-Groningen: Opkomst") {
			t.Error("the map does not say turnout")
		}
		region := all(province.browser("").get("/").doc(t), func(n *node) bool { return n.Data == "a" && attr(n, "href") == "#GM1952" })
		if len(region) == 0 {
			t.Error("the map of the province has no link to the row")
		}
	})
	t.Run("network", func(t *testing.T) {
		page := said(byID(t, province.browser("").get("/members").want(t, 200, "").doc(t), "content"))
		for _, want := range []string{"Nederland", "Gemeente Groningen", "Gemeente Midden-Groningen", "Werkt", "Aangesloten"} {
			if !strings.Contains(page, want) {
				t.Errorf("%q is not said: %s", want, page)
			}
		}
		page = said(byID(t, first.browser("").get("/network").want(t, 200, "").doc(t), "content"))
		for _, want := range []string{"Provincie Groningen", "Nederland"} {
			if !strings.Contains(page, want) {
				t.Errorf("%q is not said: %s", want, page)
			}
		}
	})
	t.Run("choosing a consultation and a measure", func(t *testing.T) {
		for _, path := range []string{"/?consultation=water&measure=status", "/?consultation=none", "/?measure=zz", "/map/country.svg", "/map/country.svg?consultation=water&measure=status&lang=en"} {
			nation.browser("").get(path).want(t, 200, "")
		}
		nation.browser("").get("/map/country.svg?consultation=none").want(t, 404, "")
	})
	t.Run("a missing member is shown as missing, never estimated", func(t *testing.T) {
		c := nation.cluster
		nation.node.Announce(c.Draft("bomen", 1, true, provPlace, groningen, midden))
		c.AdoptAll(provPlace, groningen, midden)
		fill(t, first.node, "bomen", "qa", eligibility.Code, 41, 24)
		c.Down(midden, true)
		c.Advance(time.Hour)
		c.Advance(5 * time.Minute)
		c.Advance(time.Minute)
		doc := nation.browser("").get("/consultations/bomen/results").want(t, 200, "").doc(t)
		if page := said(byID(t, doc, "content")); !strings.Contains(page, "1 van 2") {
			t.Errorf("coverage: %s", page)
		}
		row := said(byID(t, doc, "GM1952"))
		if !strings.Contains(row, "Nog niet ontvangen") || !strings.Contains(row, "Zit niet in het totaal") {
			t.Errorf("the missing member: %s", row)
		}
	})
}
