// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"polder/consensus/polis"
	"polder/instance"
)

// seattle is a real, small conversation: 339 people, 54 statements.
const seattle = "../../consensus/polis/testdata/15-per-hour-seattle"

// build compiles the real binary once per test binary.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "polder")
	out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

// fileTotals counts the vote file without the code of the demo: statement,
// choice -> number.
func fileTotals(t *testing.T, path string) map[string]map[string]int64 {
	t.Helper()
	export, err := polis.Read(path, "")
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]map[string]int64{}
	for _, v := range export.Votes {
		id := fmt.Sprint(export.Statements[v.Column].ID)
		if sums[id] == nil {
			sums[id] = map[string]int64{}
		}
		sums[id][map[int8]string{1: "agree", -1: "disagree", 0: "pass"}[v.Value]]++
	}
	return sums
}

// compare checks a report of the demo against the file.
func compare(t *testing.T, out []byte, path string, municipalities int) demoReport {
	t.Helper()
	var r demoReport
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("output is no report: %v\n%s", err, out)
	}
	want := fileTotals(t, path)
	if len(r.Questions) != len(want) {
		t.Errorf("%d questions, the file has %d statements", len(r.Questions), len(want))
	}
	ballots := int64(0)
	for _, q := range r.Questions {
		for choice, levels := range q.Totals {
			sum := int64(0)
			for _, n := range levels {
				sum += n
			}
			ballots += sum
			if sum != want[q.Statement][choice] {
				t.Errorf("statement %s: %d %s, the file has %d", q.Statement, sum, choice, want[q.Statement][choice])
			}
		}
	}
	places := int64(0)
	for _, m := range r.Municipalities {
		for _, n := range m.Ballots {
			places += n
		}
	}
	if r.Ballots != ballots || places != ballots {
		t.Errorf("%d ballots reported, %d in the questions, %d at the municipalities", r.Ballots, ballots, places)
	}
	if len(r.Municipalities) != municipalities || r.Coverage.Expected != int64(municipalities) || r.Coverage.Reported != r.Coverage.Expected {
		t.Errorf("%d municipalities, coverage %+v", len(r.Municipalities), r.Coverage)
	}
	compareGroups(t, r, municipalities)
	return r
}

// compareGroups checks that the opinion groups speak of every municipality and
// every statement, and of no more people than there are.
func compareGroups(t *testing.T, r demoReport, municipalities int) {
	t.Helper()
	o := r.Opinion
	if o == nil || o.Coverage.InstancesInTally != int64(municipalities) || o.Coverage.ParticipantsInTally != o.Coverage.ParticipantsTotal {
		t.Fatalf("opinion groups %+v", o)
	}
	if o.K == nil { // few people per place: their pairs stay there
		return
	}
	people := int64(0)
	for _, n := range o.Sizes {
		people += n
	}
	if len(o.Sizes) != *o.K || len(o.Centroids) != *o.K || people == 0 || people > o.Coverage.ParticipantsTotal {
		t.Errorf("%d groups of %v people, centroids %v, coverage %+v", *o.K, o.Sizes, o.Centroids, o.Coverage)
	}
	for _, q := range r.Questions {
		if _, ok := o.Consensus[q.Statement]; !ok {
			t.Errorf("no consensus on statement %s", q.Statement)
		}
	}
}

func TestDemoCountsTheFile(t *testing.T) {
	bin := build(t)
	for _, n := range []int{2, 10} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			cmd := exec.Command(bin, "demo", "-once", "-json", "-port", "0", "-municipalities", fmt.Sprint(n), "-votes", seattle)
			var progress bytes.Buffer
			cmd.Stderr = &progress
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("demo: %v\n%s", err, progress.String())
			}
			compare(t, out, seattle, n)
		})
	}
}

// TestDemoSurvivesKills stops the whole network with SIGKILL twenty times while
// votes come in, and counts in the end.
func TestDemoSurvivesKills(t *testing.T) {
	bin, dir := build(t), t.TempDir()
	args := []string{"demo", "-once", "-json", "-dir", dir, "-port", "0", "-municipalities", "2", "-votes", seattle}
	for i := range 20 {
		killWhileVoting(t, exec.Command(bin, args...), 1+i%3)
	}
	cmd := exec.Command(bin, args...)
	var progress bytes.Buffer
	cmd.Stderr = &progress
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("demo after the kills: %v\n%s", err, progress.String())
	}
	compare(t, out, seattle, 2)
	shown, err := exec.Command(bin, "opinion", "show", "-dir", filepath.Join(dir, "nation"), "voorbeeld").CombinedOutput()
	if err != nil || !bytes.Contains(shown, []byte("people of 2 places")) {
		t.Errorf("opinion show: %v\n%s", err, shown)
	}
	files := filepath.Join(dir, "files")
	if said, err := exec.Command(bin, "opinion", "export", "-dir", filepath.Join(dir, "province"), "-out", files, "voorbeeld").CombinedOutput(); err != nil {
		t.Errorf("opinion export: %v\n%s", err, said)
	}
	for _, name := range instance.DataNames {
		if _, err := os.Stat(filepath.Join(files, name)); err != nil {
			t.Error(err)
		}
	}
}

// killWhileVoting kills the process once it has told of votes this many times.
func killWhileVoting(t *testing.T, cmd *exec.Cmd, after int) {
	t.Helper()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	seen, text := 0, ""
	for lines := bufio.NewScanner(stderr); seen < after && lines.Scan(); {
		text += lines.Text() + "\n"
		if strings.HasSuffix(lines.Text(), " votes") {
			seen++
		}
	}
	if seen < after {
		cmd.Wait()
		t.Fatalf("the demo ended before it could be killed:\n%s", text)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
}

// TestTotalIsProvenFromOutside keeps a demo running and checks it as anybody
// can: the total holds, and one changed digit on the way is found.
func TestTotalIsProvenFromOutside(t *testing.T) {
	bin := build(t)
	cmd := exec.Command(bin, "demo", "-json", "-dir", t.TempDir(), "-port", "0", "-municipalities", "2", "-votes", seattle)
	var progress bytes.Buffer
	cmd.Stderr = &progress
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() }) // if a check below stops the test
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		cmd.Wait()
		t.Fatalf("demo: %v\n%s", err, progress.String())
	}
	r := compare(t, line, seattle, 2)
	if r.Nation.Open == nil || r.Municipalities[1].Open == nil {
		t.Error("no open consultation is named")
	}
	verify(t, bin, r.Nation.URL, 0)
	verify(t, bin, r.Province.URL, 0)

	honest := proxy(t, r.Nation.URL, func(b []byte) []byte { return b })
	verify(t, bin, honest, 0)
	lying := proxy(t, r.Nation.URL, oneMore)
	verify(t, bin, lying, 1)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the demo did not stop cleanly: %v\n%s", err, progress.String())
	}
}

func verify(t *testing.T, bin, at string, want int) {
	t.Helper()
	out, err := exec.Command(bin, "verify", "aggregate", "--deep", at).CombinedOutput()
	code := 0
	if err != nil {
		code = err.(*exec.ExitError).ExitCode()
	}
	if code != want {
		t.Errorf("verify %s: exit %d, want %d\n%s", at, code, want, out)
	}
}

// proxy stands before an instance and changes what passes.
func proxy(t *testing.T, to string, change func([]byte) []byte) string {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	p := &httputil.ReverseProxy{Transport: loopbackClient().Transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = target.Host
		},
		ModifyResponse: func(resp *http.Response) error {
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				return err
			}
			body = change(body)
			resp.Body = io.NopCloser(bytes.NewReader(body))
			resp.ContentLength = int64(len(body))
			resp.Header.Set("Content-Length", fmt.Sprint(len(body)))
			return nil
		}}
	srv := httptest.NewServer(p)
	t.Cleanup(srv.Close)
	return srv.URL
}

// oneMore changes the first digit of the number of letters sent out in a
// tally, and nothing in other documents.
func oneMore(b []byte) []byte {
	at := bytes.Index(b, []byte(`"issued":{"code":`))
	if at < 0 {
		return b
	}
	at += len(`"issued":{"code":`)
	out := bytes.Clone(b)
	out[at] = '1' + (out[at]-'0')%9
	return out
}
