// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestJRDOfOurActors(t *testing.T) {
	j := NewJRD(Handle{"gemeente", "stadskanaal.example"}, tOrg, tS+"/", tS)
	raw, err := Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"subject":"acct:gemeente@stadskanaal.example","aliases":["` + tOrg + `","` + tS + `/"],"links":[` +
		`{"rel":"self","type":"application/activity+json","href":"` + tOrg + `"},` +
		`{"rel":"http://webfinger.net/rel/profile-page","type":"text/html","href":"` + tS + `/"},` +
		`{"rel":"http://ostatus.org/schema/1.0/subscribe","template":"` + tS + `/authorize_interaction?uri={uri}"}]}`
	same(t, "JRD", string(raw), want)

	server := NewServerJRD(Handle{"stadskanaal.example", "stadskanaal.example"}, tS+"/actor", tS+"/about", tS)
	raw, err = Marshal(server)
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseJRD(raw)
	if err != nil {
		t.Fatal(err)
	}
	actor, err := back.Server()
	same(t, "server", actor, tS+"/actor")
	same(t, "error", err, nil)
	b, err := back.Bind(Handle{"stadskanaal.example", "stadskanaal.example"})
	if err != nil || !b.Next.IsZero() || b.Actor != tS+"/actor" {
		t.Errorf("binding %+v, %v", b, err)
	}
}

func TestParseResource(t *testing.T) {
	for in, want := range map[string]Resource{
		"acct:gemeente@Stadskanaal.example": {Handle: Handle{"gemeente", "stadskanaal.example"}, Host: "stadskanaal.example"},
		"gemeente@stadskanaal.example":      {Handle: Handle{"gemeente", "stadskanaal.example"}, Host: "stadskanaal.example"},
		tOrg:                                {URL: tOrg, Host: "stadskanaal.example"},
		tS + "/@bea":                        {URL: tS + "/@bea", Host: "stadskanaal.example"},
		tS + "/":                            {URL: tS + "/", Host: "stadskanaal.example", Root: true},
		tS:                                  {URL: tS, Host: "stadskanaal.example", Root: true},
		"https://STADSKANAAL.example:443/":  {URL: "https://STADSKANAAL.example:443/", Host: "stadskanaal.example", Root: true},
		"http://a.localhost:8001/actor":     {URL: "http://a.localhost:8001/actor", Host: "a.localhost:8001"},
		tS + "/?x=1":                        {URL: tS + "/?x=1", Host: "stadskanaal.example"},
	} {
		if got, err := ParseResource(in); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "acct:", "acct:gemeente", "mailto:a@b.example", "https://", "ftp://a.example/", "acct:a@b.example\r\nX: y",
		"https://a.example/\u2028", "acct:a@b.example." /* dotted */, strings.Repeat("a", 3000) + "@b.example"} {
		if got, err := ParseResource(in); !errors.Is(err, ErrResource) {
			t.Errorf("%q: got %+v, %v", in, got, err)
		}
	}
}

func jrd(subject, self string) *JRD {
	return &JRD{Subject: subject, Links: []JRDLink{
		{Rel: RelProfile, Type: "text/html", Href: "https://elsewhere.example/"},
		{Rel: RelSelf, Type: "text/html", Href: "https://elsewhere.example/"},
		{Rel: RelSelf, Type: ContentTypeLD, Href: self},
	}}
}

// Rows 48 and 50: an account is bound to an actor only if both hosts say so.
func TestBinding(t *testing.T) {
	const social = "https://social.anna.example/users/anna"
	asked := func(s string) Handle {
		h, err := ParseHandle(s)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	cases := []struct {
		name, asked   string
		first, second *JRD // second nil: no second look-up expected
		next          string
		want          error
	}{
		{"one host", "anna@mastodon.example", jrd("acct:anna@mastodon.example", tA), nil, "", nil},
		{"case of user and host", "Anna@Mastodon.example", jrd("acct:anna@MASTODON.example", tA), nil, "", nil},
		{"account domain asked", "anna@anna.example", jrd("acct:anna@anna.example", social),
			jrd("acct:anna@anna.example", social), "anna@social.anna.example", nil},
		{"actor's domain asked", "anna@social.anna.example", jrd("acct:anna@anna.example", social),
			jrd("acct:anna@anna.example", social), "anna@anna.example", nil},
		{"self link of a victim", "anna@evil.example", jrd("acct:anna@evil.example", tA),
			jrd("acct:anna@mastodon.example", tA), "anna@mastodon.example", ErrLoop},
		{"subject of a victim", "anna@evil.example", jrd("acct:anna@mastodon.example", "https://evil.example/users/anna"),
			jrd("acct:anna@mastodon.example", tA), "anna@mastodon.example", ErrLoop},
		{"second answer without self link", "anna@anna.example", jrd("acct:anna@anna.example", social),
			&JRD{Subject: "acct:anna@anna.example"}, "anna@social.anna.example", ErrLoop},
		{"both of another host", "anna@evil.example", jrd("acct:anna@mastodon.example", tA), nil, "", ErrLoop},
		{"another user", "anna@mastodon.example", jrd("acct:eve@mastodon.example", tA), nil, "", ErrSubject},
		{"no subject", "anna@mastodon.example", jrd("", tA), nil, "", ErrSubject},
		{"subject is an address", "anna@mastodon.example", jrd(tA, tA), nil, "", ErrSubject},
		{"no self link", "anna@mastodon.example", &JRD{Subject: "acct:anna@mastodon.example"}, nil, "", ErrSelfLink},
		{"self link is no address", "anna@mastodon.example", jrd("acct:anna@mastodon.example", "javascript:1"), nil, "", ErrSelfLink},
		{"self link with a line end", "anna@mastodon.example", jrd("acct:anna@mastodon.example", tA+"\n"), nil, "", ErrSelfLink},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b, err := c.first.Bind(asked(c.asked))
			if err == nil && c.next != "" {
				same(t, "next", b.Next.String(), c.next)
				b, err = b.Close(c.second)
			}
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if err == nil && (!b.Next.IsZero() || b.Actor == "" || b.Handle.IsZero()) {
				t.Errorf("binding %+v", b)
			}
		})
	}
}

func TestHostMeta(t *testing.T) {
	raw, err := HostMetaXRD(tS)
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(raw, new(struct{ XMLName xml.Name })); err != nil {
		t.Fatal(err)
	}
	template, err := ParseHostMeta(raw)
	if err != nil || template != tS+"/.well-known/webfinger?resource={uri}" {
		t.Errorf("got %q, %v", template, err)
	}
	js, err := HostMetaJSON(tS)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "host-meta.json", string(js), `{"links":[{"rel":"lrdd","type":"application/jrd+json","template":"`+tS+`/.well-known/webfinger?resource={uri}"}]}`)

	link := func(attrs string) string {
		return `<?xml version="1.0"?><XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0"><Link ` + attrs + `/></XRD>`
	}
	for name, doc := range map[string]string{
		"empty": "", "HTML": "<html><body>404", "no lrdd": link(`rel="other" template="https://a.example/{uri}"`),
		"template without {uri}":  link(`rel="lrdd" template="https://a.example/"`),
		"two {uri}":               link(`rel="lrdd" template="https://a.example/{uri}{uri}"`),
		"{uri} in the host":       link(`rel="lrdd" template="https://{uri}/"`),
		"{uri} glued to the host": link(`rel="lrdd" template="https://a.example{uri}"`),
		"no http":                 link(`rel="lrdd" template="file:///{uri}"`),
		"DTD":                     `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><XRD><Link rel="lrdd" template="https://a.example/&b;{uri}"/></XRD>`,
		"entity":                  `<XRD><Link rel="lrdd" template="https://a.example/&b;{uri}"/></XRD>`,
		"deep":                    strings.Repeat("<a>", 40) + `<Link rel="lrdd" template="https://a.example/{uri}"/>`,
		"too large":               strings.Repeat(" ", maxHostMeta) + link(`rel="lrdd" template="https://a.example/{uri}"`),
		"latin-1":                 `<?xml version="1.0" encoding="ISO-8859-1"?><XRD><Link rel="lrdd" template="https://a.example/{uri}"/></XRD>`,
	} {
		if got, err := ParseHostMeta([]byte(doc)); !errors.Is(err, ErrHostMeta) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func TestNodeInfo(t *testing.T) {
	n := NewNodeInfo("1.2.3", "https://code.example/polder", tS)
	n.Metadata.NodeName, n.Metadata.StaffAccounts = "Stadskanaal", []string{tOrg}
	n.Usage.Users.Total, n.Usage.LocalPosts = new(12), new(0)
	v21, err := n.Version21()
	if err != nil {
		t.Fatal(err)
	}
	same(t, "2.1", string(v21), `{"version":"2.1","software":{"name":"polder","version":"1.2.3","repository":"https://code.example/polder","homepage":"`+tS+
		`"},"protocols":["activitypub"],"services":{"inbound":[],"outbound":[]},"openRegistrations":false,"usage":{"users":{"total":12},"localPosts":0},`+
		`"metadata":{"nodeName":"Stadskanaal","staffAccounts":["`+tOrg+`"],"upstream":{"name":"mastodon"}}}`)
	v20, err := n.Version20()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Version  string
		Software map[string]string
	}
	if err := json.Unmarshal(v20, &doc); err != nil {
		t.Fatal(err)
	}
	same(t, "2.0", fmt.Sprint(doc), `{2.0 map[name:polder version:1.2.3]}`)

	links, err := NodeInfoLinks(tS, tS+"/actor")
	if err != nil {
		t.Fatal(err)
	}
	ref, err := ParseNodeInfoLinks(links)
	if err != nil || ref != (NodeInfoRef{Application: tS + "/actor", NodeInfo: tS + "/nodeinfo/2.1"}) {
		t.Errorf("got %+v, %v", ref, err)
	}
	old := `{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"https://a.example/nodeinfo/2.0"},{"rel":"https://www.w3.org/ns/activitystreams#Application","href":"javascript:1"}]}`
	ref, err = ParseNodeInfoLinks([]byte(old))
	if err != nil || ref != (NodeInfoRef{NodeInfo: "https://a.example/nodeinfo/2.0"}) {
		t.Errorf("got %+v, %v", ref, err)
	}
}

// No input makes the readers panic, and what they accept is usable as it is.
func FuzzWebFinger(f *testing.F) {
	f.Add("acct:gemeente@stadskanaal.example", []byte(`{"subject":"acct:gemeente@stadskanaal.example","links":[{"rel":"self","type":"application/activity+json","href":"https://stadskanaal.example/organization"}]}`))
	f.Add("https://stadskanaal.example/", []byte(`{"subject":"","links":[{"rel":"self","href":7},null]}`))
	f.Add("a@ｂ。example", []byte(`{"links":{"rel":["self"],"type":"application/ld+json","href":"https://x.example"}}`))
	f.Fuzz(func(t *testing.T, resource string, answer []byte) {
		r, err := ParseResource(resource)
		if err == nil {
			if again, err := NormalizeHost(r.Host); err != nil || again != r.Host {
				t.Fatalf("host %q of %q is not normal", r.Host, resource)
			}
			if r.URL == "" {
				if h, err := ParseHandle(r.Handle.Acct()); err != nil || h != r.Handle {
					t.Fatalf("handle %v does not read back: %v", r.Handle, err)
				}
			}
		}
		j, err := ParseJRD(answer)
		if err != nil {
			return
		}
		if b, err := j.Bind(r.Handle); err == nil {
			if _, err := HostOf(b.Actor); err != nil || hasControl(b.Actor) {
				t.Fatalf("bound to %q", b.Actor)
			}
			_, _ = b.Close(j)
		}
		_, _ = ParseNodeInfoLinks(answer)
	})
}

func FuzzHostMeta(f *testing.F) {
	own, err := HostMetaXRD(tS)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(own)
	f.Add([]byte(`<!DOCTYPE x><XRD><Link rel="lrdd" template="https://a.example/{uri}"/></XRD>`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		template, err := ParseHostMeta(raw)
		if err != nil {
			if !errors.Is(err, ErrHostMeta) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		if hasControl(template) || !strings.Contains(template, "{uri}") || !strings.HasPrefix(template, "http") {
			t.Fatalf("accepted %q", template)
		}
	})
}
