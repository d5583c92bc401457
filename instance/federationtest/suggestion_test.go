// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"polder/consensus"
	"polder/instance/federationtest/plainpeer"
)

// suggest posts something on a plain server, as its users do, and sends it to a
// consultation. change may spoil it.
func suggest(t *testing.T, p *plainpeer.Server, user, group, content string, change func(activity, note plainpeer.Object)) {
	t.Helper()
	actor, err := p.Fetch(user, group)
	if err != nil {
		t.Fatal(err)
	}
	id := fmt.Sprintf("%s/statuses/%d", p.Actor(user), len(content))
	note := plainpeer.Object{"id": id, "type": "Note", "attributedTo": p.Actor(user), "to": []string{public}, "cc": []string{group},
		"content": content, "contentMap": map[string]string{"fy": content},
		"tag": []plainpeer.Object{{"type": "Mention", "href": group, "name": "@" + actor.Text("preferredUsername")}, {"type": "Hashtag", "name": "#Stelling"}}}
	activity := plainpeer.Object{"@context": "https://www.w3.org/ns/activitystreams", "id": id + "/activity", "type": "Create",
		"actor": p.Actor(user), "to": note["to"], "cc": note["cc"], "object": note}
	if change != nil {
		change(activity, note)
	}
	if _, err := p.Post(user, actor.Text("inbox"), activity); err != nil {
		t.Fatal(err)
	}
}

func (n *Node) pending(slug string) (list []string) {
	n.cluster.t.Helper()
	all, err := n.Service.Statements(context.Background(), n.Consultation(slug).ID, consensus.StatementPending)
	if err != nil {
		n.cluster.t.Fatal(err)
	}
	for _, st := range all {
		list = append(list, st.Lang+" "+st.Text)
	}
	return list
}

const mention = `<p><span class="h-card"><a href="https://stadskanaal.example/consultations/kade" class="u-url mention">@<span>kade</span></a></span> `

// A public mention of a consultation with #stelling, or a reply to one of its
// polls, becomes a statement that waits, without the mention and the hashtag.
func TestSuggestion(t *testing.T) {
	t.Parallel()
	c := NewCluster(t, Groningen)
	n := c.Node(Groningen)
	n.Converse("kade", seeds...)
	group, p := n.Consultation("kade").Root, c.plain("plain.example")
	suggest(t, p, "ann", group, mention+`Er komt een <b>speelplaats</b><br>bij de kade. <a href="https://plain.example/tags/stelling" rel="tag">#<span>stelling</span></a></p>`, nil)
	suggest(t, p, "ann", group, mention+`Te kort. #statement</p>`, func(_, note plainpeer.Object) {
		note["tag"], note["to"], note["cc"] = nil, []string{public}, nil // only words
		note["inReplyTo"] = group
	})
	c.Settle()
	want := []string{"fy Er komt een speelplaats bij de kade.", "fy Te kort."}
	if got := n.pending("kade"); !slices.Equal(got, want) {
		t.Fatalf("%q, refused %q", got, n.reasons(20))
	}
	suggest(t, p, "ann", group, mention+`Er komt een <b>speelplaats</b><br>bij de kade. <a href="https://plain.example/tags/stelling" rel="tag">#<span>stelling</span></a></p>`, func(activity, _ plainpeer.Object) {
		activity["id"] = activity["id"].(string) + "/again"
	})
	c.Settle()
	if got := n.pending("kade"); len(got) != 2 {
		t.Errorf("the same post again: %q", got)
	}
	all, err := n.Service.Statements(context.Background(), n.Consultation("kade").ID, consensus.StatementPending)
	if err != nil || !strings.HasPrefix(all[0].Origin, "https://plain.example/") || strings.Contains(all[0].Author, "ann") {
		t.Errorf("%+v %v", all, err)
	}
}

// Posts that are no suggestion, or not one for here, leave nothing behind.
func TestNoSuggestion(t *testing.T) {
	t.Parallel()
	const text = "Er komt een speelplaats bij de kade."
	for name, spoil := range map[string]func(activity, note plainpeer.Object){
		"without the hashtag": func(_, note plainpeer.Object) { note["tag"] = nil },
		"not public": func(activity, note plainpeer.Object) {
			note["to"] = note["cc"]
			activity["to"] = note["cc"]
		},
		"of somebody else":  func(_, note plainpeer.Object) { note["attributedTo"] = "https://plain.example/users/bob" },
		"from another host": func(_, note plainpeer.Object) { note["id"] = "https://other.example/1" },
		"about nothing here": func(_, note plainpeer.Object) {
			note["cc"], note["tag"] = nil, plainpeer.Object{"type": "Hashtag", "name": "#stelling"}
		},
		"too long":    func(_, note plainpeer.Object) { note["content"] = strings.Repeat("lang ", 40) },
		"empty":       func(_, note plainpeer.Object) { note["content"] = "<p>#stelling</p>" },
		"said before": func(_, note plainpeer.Object) { note["content"] = seeds[0] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := NewCluster(t, Groningen)
			n := c.Node(Groningen)
			n.Converse("kade", seeds[:1]...)
			suggest(t, c.plain("plain.example"), "ann", n.Consultation("kade").Root, text, spoil)
			c.Settle()
			if got := n.pending("kade"); len(got) != 0 {
				t.Errorf("%q waits", got)
			}
		})
	}
}

// Nobody fills the queue; a locked conversation takes nothing.
func TestSuggestionLimits(t *testing.T) {
	t.Parallel()
	c := NewCluster(t, Groningen)
	n := c.Node(Groningen)
	n.Converse("kade", seeds[:1]...)
	group, p := n.Consultation("kade").Root, c.plain("plain.example")
	for i := range 12 {
		suggest(t, p, "ann", group, "Idee voor de kade"+strings.Repeat("!", i)+fmt.Sprint(" ", i), nil)
	}
	c.Settle()
	if got := n.pending("kade"); len(got) != 10 {
		t.Errorf("%d wait", len(got))
	}
	if err := n.Service.LockInstrument(context.Background(), Author, "kade", true, "Eerst rust."); err != nil {
		t.Fatal(err)
	}
	suggest(t, p, "bob", group, "Er komt een speelplaats bij de kade.", nil)
	c.Settle()
	if got := n.pending("kade"); len(got) != 10 {
		t.Errorf("%d wait in a locked conversation", len(got))
	}
}
