// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// page is what a walk over a document finds.
type markup struct {
	ids        map[string]int
	references []string // ids that something points at
	labels     map[string]bool
	controls   []*html.Node
	levels     []int // of headings, in order
}

// checkPage asserts the rules that hold for every page.
func checkPage(t *testing.T, doc *html.Node, lang string) {
	m := markup{ids: map[string]int{}, labels: map[string]bool{}}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			m.visit(t, n, lang)
		}
	}
	for id, n := range m.ids {
		if n > 1 {
			t.Errorf("id %q occurs %d times", id, n)
		}
	}
	for _, id := range m.references {
		if m.ids[id] == 0 {
			t.Errorf("nothing has the id %q", id)
		}
	}
	for _, c := range m.controls {
		if !m.labelled(c) {
			t.Errorf("<%s name=%q> has no label", c.Data, attr(c, "name"))
		}
	}
	if len(m.levels) == 0 || m.levels[0] != 1 || slices.Contains(m.levels[1:], 1) {
		t.Errorf("headings %v: want one h1, first", m.levels)
	}
	for i := 1; i < len(m.levels); i++ {
		if m.levels[i] > m.levels[i-1]+1 {
			t.Errorf("headings jump from h%d to h%d", m.levels[i-1], m.levels[i])
		}
	}
}

func (m *markup) visit(t *testing.T, n *html.Node, lang string) {
	for _, a := range n.Attr {
		switch {
		case a.Key == "style", strings.HasPrefix(a.Key, "on"):
			t.Errorf("<%s %s=%q> is forbidden by the policy", n.Data, a.Key, a.Val)
		case a.Key == "id":
			m.ids[a.Val]++
		case a.Key == "aria-labelledby", a.Key == "aria-describedby":
			m.references = append(m.references, strings.Fields(a.Val)...)
		case a.Key == "for":
			m.references = append(m.references, a.Val)
			m.labels[a.Val] = true
		case a.Key == "href" && strings.HasPrefix(a.Val, "#") && !strings.HasPrefix(a.Val, "#GM"):
			m.references = append(m.references, a.Val[1:])
		}
	}
	switch n.Data {
	case "html":
		if attr(n, "lang") != lang || !strings.Contains(attr(n, "class"), "-theme utrecht-root") {
			t.Errorf("<html lang=%q class=%q>", attr(n, "lang"), attr(n, "class"))
		}
	case "script":
		if attr(n, "src") == "" {
			t.Error("script inside the page")
		}
	case "style", "iframe", "object", "base":
		t.Errorf("<%s> in a page", n.Data)
	case "input", "select", "textarea":
		if attr(n, "type") != "hidden" {
			m.controls = append(m.controls, n)
		}
	case "img":
		if !has(n, "alt") || !has(n, "width") || !has(n, "height") {
			t.Errorf("image %q without alt, width or height", attr(n, "src"))
		}
	case "svg":
		if !hidden(n) && attr(n, "role") == "" {
			t.Errorf("svg %q has neither a role nor aria-hidden", attr(n, "class"))
		}
	case "form":
		if method := attr(n, "method"); method != "get" && method != "post" || attr(n, "action") == "" {
			t.Errorf("form %q has method %q", attr(n, "action"), method)
		}
	case "button":
		if attr(n, "type") != "submit" {
			t.Errorf("button without type: %q", text(n))
		}
	case "table":
		if n.FirstChild == nil || n.FirstChild.Data != "caption" {
			t.Error("table without caption")
		}
	case "h1", "h2", "h3", "h4":
		m.levels = append(m.levels, int(n.Data[1]-'0'))
	}
	if slices.Contains([]string{"button", "a", "h1", "h2", "h3", "h4", "legend", "label", "summary", "th", "title"}, n.Data) && strings.TrimSpace(text(n)) == "" && attr(n, "aria-label") == "" {
		t.Errorf("<%s class=%q> is empty", n.Data, attr(n, "class"))
	}
}

// labelled reports whether a control has a label, around it, by id or in words
// of its own.
func (m *markup) labelled(n *html.Node) bool {
	if m.labels[attr(n, "id")] || strings.TrimSpace(attr(n, "aria-label")) != "" {
		return true
	}
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == "label" {
			return true
		}
	}
	return false
}

// hidden reports whether n or an element around it is hidden from readers.
func hidden(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if attr(n, "aria-hidden") == "true" {
			return true
		}
	}
	return false
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}
