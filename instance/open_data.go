// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"polder/consensus/opinion"
	"polder/instance/store"
)

// DataFile is one file of open data: counts per statement and group, never a
// ballot (spec: opinion.md 15).
type DataFile struct {
	Name      string
	MediaType string
	Content   []byte
}

// DataNames are the files that every conversation with a final result has.
var DataNames = []string{"summary.csv", "statements.csv", "groups.csv", "result.json"}

// OpenData makes one of these files from what is public. CodeNotFound while
// there is no final result, and for other names.
func (s *Service) OpenData(ctx context.Context, con *store.Consultation, name string) (DataFile, error) {
	g, err := s.Groups(ctx, con)
	if err != nil {
		return DataFile{}, err
	}
	if g.Interim || len(g.Columns) == 0 {
		return DataFile{}, AsError(fmt.Errorf("open data of %s: %w", con.Slug, store.ErrNotFound))
	}
	f := DataFile{Name: name, MediaType: "text/csv; charset=utf-8"}
	switch name {
	case "summary.csv":
		f.Content, err = writeCSV(g.summary(con, s.Consultation(con.Slug)))
	case "statements.csv":
		f.Content, err = writeCSV(g.statements())
	case "groups.csv":
		f.Content, err = writeCSV(g.perGroup())
	case "result.json":
		f.MediaType = "application/json"
		f.Content, err = s.resultJSON(ctx, con, g)
	default:
		err = store.ErrNotFound
	}
	if err != nil {
		return DataFile{}, AsError(fmt.Errorf("open data of %s: %w", con.Slug, err))
	}
	return f, nil
}

// writeCSV writes UTF-8 rows (RFC 4180). A cell that a spreadsheet would take
// for a formula gets a leading apostrophe (spec: security.md, output).
func writeCSV(rows [][]string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	for _, row := range rows {
		for i, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) && !isNumber(cell) {
				row[i] = "'" + cell
			}
		}
		if err := w.Write(row); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func isNumber(cell string) bool {
	_, err := strconv.ParseFloat(cell, 64)
	return err == nil
}

func (g *Groups) summary(con *store.Consultation, url string) [][]string {
	clustered, groups := int64(0), 0
	for _, n := range g.Public.Sizes {
		clustered += n
	}
	if g.Public.K != nil {
		groups = *g.Public.K
	}
	title, text := con.Title["nl"], con.Summary["nl"]
	rows := [][]string{{"topic", title}, {"url", url}}
	if n, ok := g.People(); ok {
		rows = append(rows, []string{"voters", strconv.FormatInt(n, 10)})
	}
	return append(rows, []string{"voters-in-conv", strconv.FormatInt(clustered, 10)},
		[]string{"comments", strconv.Itoa(len(g.Columns))}, []string{"groups", strconv.Itoa(groups)},
		[]string{"conversation-description", text})
}

// People is the number of people of the official levels who voted; false if it
// is too small to be shown.
func (g *Groups) People() (int64, bool) {
	if g.Joint {
		return g.Coverage.ParticipantsTotal, true
	}
	total := int64(0)
	for _, l := range g.Levels {
		if l.Official && l.People == nil {
			return 0, false
		}
		if l.Official {
			total += *l.People
		}
	}
	return total, true
}

// statements has the columns of the newer comments.csv, without authors.
func (g *Groups) statements() [][]string {
	rows := [][]string{{"timestamp", "comment-id", "agrees", "disagrees", "moderated", "is-meta", "is-seed", "group-informed-consensus", "comment-body"}}
	for j, c := range g.Columns {
		moderated := "1"
		if c.ModOut {
			moderated = "-1"
		}
		var a, d *int64
		if t := g.Public.Totals; t != nil {
			a, d = t.A[j], t.D[j]
		}
		gac := ""
		if j < len(g.Public.Gac) && g.Public.Gac[j] != nil {
			gac = strconv.FormatFloat(float64(*g.Public.Gac[j])/1e6, 'f', 6, 64)
		}
		at := ""
		if !c.Published.IsZero() {
			at = strconv.FormatInt(c.Published.Unix(), 10)
		}
		rows = append(rows, []string{at, strconv.Itoa(c.Number), figure(a), figure(d), moderated,
			strconv.FormatBool(c.Meta), strconv.FormatBool(c.Seed), gac, c.Text})
	}
	return rows
}

// figure is empty for a withheld number.
func figure(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

func passes(a, d, s *int64) string {
	if a == nil || d == nil || s == nil {
		return ""
	}
	return strconv.FormatInt(*s-*a-*d, 10)
}

// perGroup has the columns of comment-groups.csv.
func (g *Groups) perGroup() [][]string {
	head := []string{"comment-id", "comment", "total-votes", "total-agrees", "total-disagrees", "total-passes"}
	for i := range g.Public.Groups {
		name := "group-" + string(rune('a'+i))
		head = append(head, name+"-votes", name+"-agrees", name+"-disagrees", name+"-passes")
	}
	rows := [][]string{head}
	for j, c := range g.Columns {
		row := []string{strconv.Itoa(c.Number), c.Text}
		lists := g.Public.Groups
		if t := g.Public.Totals; t != nil {
			lists = append([]opinion.PublicVotes{*t}, lists...)
		} else {
			row = append(row, "", "", "", "")
		}
		for _, v := range lists {
			row = append(row, figure(v.S[j]), figure(v.A[j]), figure(v.D[j]), passes(v.A[j], v.D[j], v.S[j]))
		}
		rows = append(rows, row)
	}
	return rows
}

// resultJSON is the signed RoundResult of a joint conversation, byte for byte;
// else the public result with its statements.
func (s *Service) resultJSON(ctx context.Context, con *store.Consultation, g *Groups) ([]byte, error) {
	if g.Joint {
		r, err := s.JointGroups(ctx, con)
		if err != nil {
			return nil, err
		}
		return r.Raw, nil
	}
	type column struct {
		Number int    `json:"number"`
		Text   string `json:"text"`
		ModOut bool   `json:"modOut"`
		Meta   bool   `json:"meta"`
	}
	out := struct {
		Spec    string                `json:"spec"`
		Context string                `json:"context"`
		At      string                `json:"at"`
		Quality opinion.Level         `json:"quality,omitempty"`
		Columns []column              `json:"columns"`
		Result  *opinion.PublicResult `json:"result"`
	}{Spec: opinion.Spec, Context: s.Consultation(con.Slug), At: g.At.Format("2006-01-02T15:04:05Z"), Quality: g.Level, Result: g.Public}
	for _, c := range g.Columns {
		out.Columns = append(out.Columns, column{c.Number, c.Text, c.ModOut, c.Meta})
	}
	return json.MarshalIndent(out, "", " ")
}
