// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"polder/consensus/eligibility"
	"polder/consensus/opinion"
	"polder/instance"
)

// TestGroupsOfOnePlace: a conversation that stands alone has its groups once
// the ballots are counted, and not before; they are those of the official level,
// and residents see where they stand.
func TestGroupsOfOnePlace(t *testing.T) {
	t.Parallel()
	k := NewCluster(t, Groningen)
	n := k.Node(Groningen)
	var texts []string
	for i := range talks {
		texts = append(texts, fmt.Sprintf("Dit is stelling nummer %d van het gesprek", i+1))
	}
	ids := n.Converse("kade", texts...)
	rows := camps(60, 7)
	codes := n.Codes("kade", len(rows))
	for i, row := range rows {
		for j, v := range row {
			if err := n.Vote("kade", ids[j], answers[v], eligibility.Code, codes[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range 12 {
		if err := n.Vote("kade", ids[0], "agree", eligibility.Open, fmt.Sprint("cookie ", i)); err != nil {
			t.Fatal(err)
		}
	}
	k.Advance(2 * time.Minute)
	ctx := context.Background()
	if _, err := n.Service.Groups(ctx, n.Consultation("kade")); code(err) != "error.not-found" {
		t.Errorf("groups while people vote: %v", err)
	}
	k.Advance(time.Hour)
	k.Advance(5 * time.Minute)
	con := n.Consultation("kade")
	g, err := n.Service.Groups(ctx, con)
	if err != nil {
		t.Fatal(err)
	}
	if g.Interim || g.Joint || g.Public.K == nil || *g.Public.K != 2 || g.Public.Sizes[0]+g.Public.Sizes[1] != 60 {
		t.Errorf("groups %+v", g.Public)
	}
	if len(g.Columns) != talks || g.Columns[3].Text != texts[3] || *g.Public.Totals.S[0] != 60 {
		t.Errorf("columns %+v", g.Columns)
	}
	for _, l := range g.Levels {
		if l.Level == eligibility.Open && (l.Official || *l.People != 12 || l.S[0] != nil) { // all twelve said the same
			t.Errorf("level open: %+v", l)
		}
	}
	for i := range 4 {
		p, err := n.Service.OwnPosition(ctx, con, []instance.Voter{{Level: eligibility.Code, Identity: codes[i]}})
		if err != nil || p == nil {
			t.Fatalf("position %d: %v %v", i, p, err)
		}
		other, err := n.Service.OwnPosition(ctx, con, []instance.Voter{{Level: eligibility.Code, Identity: codes[i+2]}})
		if err != nil || other.Group != p.Group {
			t.Errorf("people of one mind in groups %d and %d", p.Group, other.Group)
		}
	}
	if p, err := n.Service.OwnPosition(ctx, con, []instance.Voter{{Level: eligibility.Open, Identity: "cookie 1"}}); p != nil || err != nil {
		t.Errorf("one vote gives a position: %v %v", p, err)
	}
	for name, want := range map[string]string{"summary.csv": "voters,60\r\nvoters-in-conv,60\r\ncomments,12\r\ngroups,2",
		"statements.csv": "timestamp,comment-id,agrees,disagrees,moderated,is-meta,is-seed,group-informed-consensus,comment-body",
		"groups.csv":     "comment-id,comment,total-votes,total-agrees,total-disagrees,total-passes,group-a-votes",
		"result.json":    `"spec": "polder-opinion/1"`} {
		f, err := n.Service.OpenData(ctx, con, name)
		if err != nil || !bytes.Contains(f.Content, []byte(want)) {
			t.Errorf("%s: %v %s", name, err, f.Content)
		}
	}
	if _, err := n.Service.OpenData(ctx, con, "votes.csv"); code(err) != "error.not-found" {
		t.Errorf("votes as open data: %v", err)
	}
	k.Advance(time.Hour)
	if rows := n.rows("kade"); len(rows) != 0 {
		t.Error("the rows outlive K_c")
	}
	if again, err := n.Service.Groups(ctx, n.Consultation("kade")); err != nil || *again.Public.K != 2 || again.Level == opinion.Unstable {
		t.Errorf("after K_c is gone: %v", err)
	}
}
