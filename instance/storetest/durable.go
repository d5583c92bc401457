// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"polder/instance/store"
)

// victimFolder names, in the process that will be killed, where its store is.
const victimFolder = "POLDER_STORETEST_VICTIM"

// victimWriters run at once, so that kills hit shared commits as well.
const victimWriters = 8

func reopen(t *testing.T, s suite) {
	dir := t.TempDir()
	e := s.engine(t, dir)
	put(t, e, "t", "a", "1", "b", "2")
	update(t, e, func(w store.Writer) error { return w.Delete("t", []byte("a")) })
	if err := e.Close(); err != nil {
		t.Fatalf("closing: %v", err)
	}
	if got := whole(t, s.engine(t, dir), "t"); !slices.Equal(got, []string{"b=2"}) {
		t.Errorf("after reopening %q", got)
	}
}

// journal appends one line to a gapless list, in one transaction with a
// counter: what is found later is a prefix of the updates if and only if list
// and counter agree and have no gap.
func journal(e store.Engine, line string) error {
	return e.Update(context.Background(), func(w store.Writer) error {
		n := uint64(0)
		last, err := w.Get("counters", []byte("lines"))
		if err == nil {
			n = binary.BigEndian.Uint64(last)
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err := add(w, "lines", 1); err != nil {
			return err
		}
		return w.Insert("lines", binary.BigEndian.AppendUint64(nil, n), []byte(line))
	})
}

// readJournal returns the lines and fails the test unless they are a prefix.
func readJournal(t *testing.T, e store.Engine) []string {
	t.Helper()
	var lines []string
	view(t, e, func(r store.Reader) error {
		lines = nil
		for kv, err := range r.Scan("lines", store.Range{}) {
			if err != nil {
				return err
			}
			if n := binary.BigEndian.Uint64(kv.Key); n != uint64(len(lines)) {
				return fmt.Errorf("line %d is missing", len(lines))
			}
			lines = append(lines, string(kv.Value))
		}
		count, err := r.Get("counters", []byte("lines"))
		if errors.Is(err, store.ErrNotFound) && len(lines) == 0 {
			return nil
		}
		if err != nil || binary.BigEndian.Uint64(count) != uint64(len(lines)) {
			return fmt.Errorf("%d lines but the counter says %v (%v)", len(lines), count, err)
		}
		return nil
	})
	next := map[string]int{}
	for _, l := range lines { // each writer waits for its own update
		writer, n, _ := strings.Cut(l, " ")
		if n != fmt.Sprint(next[writer]) {
			t.Fatalf("writer %s: line %s follows %d", writer, n, next[writer]-1)
		}
		next[writer]++
	}
	return lines
}

// writeJournal lets several writers journal until they are stopped or have
// written max lines each, and calls acknowledged after every update that
// returned.
func writeJournal(e store.Engine, max int, acknowledged func(line string)) error {
	var wg sync.WaitGroup
	failed := make(chan error, victimWriters)
	for g := range victimWriters {
		wg.Go(func() {
			for i := range max {
				line := fmt.Sprintf("%d %d", g, i)
				if err := journal(e, line); err != nil {
					failed <- err
					return
				}
				acknowledged(line)
			}
		})
	}
	wg.Wait()
	close(failed)
	return <-failed
}

// victim is the process that gets killed: it tells which updates returned.
func victim(t *testing.T, open Open, dir string) {
	e, err := open(dir)
	if err != nil {
		t.Fatalf("opening: %v", err)
	}
	if err := writeJournal(e, 100_000, func(line string) { fmt.Fprintf(os.Stdout, "ack %s\n", line) }); err != nil {
		t.Fatal(err)
	}
}

func killed(t *testing.T, s suite) {
	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	random := rand.New(rand.NewPCG(4, 2))
	for range rounds {
		dir := t.TempDir()
		acks := killAfter(t, dir, random.IntN(400))
		e := s.engine(t, dir)
		lines := readJournal(t, e)
		found := map[string]bool{}
		for _, l := range lines {
			found[l] = true
		}
		for _, a := range acks {
			if !found[a] {
				t.Errorf("the update %q returned and is lost", a)
			}
		}
		if extra := len(lines) - len(acks); extra > 2*victimWriters {
			// Two: one that returned without being told, one running.
			t.Errorf("%d updates that nobody was told of", extra)
		}
		put(t, e, "t", "still", "writable")
		e.Close()
	}
}

// killAfter starts the victim, kills it after n acknowledged updates, and
// returns all it told.
func killAfter(t *testing.T, dir string, n int) (acks []string) {
	t.Helper()
	root, _, _ := strings.Cut(t.Name(), "/")
	cmd := exec.Command(os.Args[0], "-test.run=^"+regexp.QuoteMeta(root)+"$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), victimFolder+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting the victim: %v", err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		ack, ok := strings.CutPrefix(lines.Text(), "ack ")
		if !ok {
			continue
		}
		acks = append(acks, ack)
		if len(acks) == n+1 {
			cmd.Process.Kill() // SIGKILL; what it told before is still read
		}
	}
	if err := cmd.Wait(); err == nil || len(acks) <= n {
		t.Fatalf("the victim ended by itself after %d updates: %v", len(acks), err)
	}
	return acks
}

func backup(t *testing.T, s suite) {
	e := s.fresh(t)
	const each = 40
	var copies []*bytes.Buffer
	var mu sync.Mutex // guards copies and told
	told := 0
	err := writeJournal(e, each, func(string) {
		mu.Lock()
		defer mu.Unlock()
		if told++; told%(victimWriters*each/4) != 0 {
			return
		}
		var b bytes.Buffer // the other writers go on
		if err := e.Backup(context.Background(), &b); err != nil {
			t.Errorf("backup: %v", err)
		}
		copies = append(copies, &b)
	})
	if err != nil {
		t.Fatal(err)
	}
	before := 0
	for i, b := range copies {
		dir := t.TempDir()
		if err := s.restore(dir, b); err != nil {
			t.Fatalf("restoring: %v", err)
		}
		restored := s.engine(t, dir)
		lines := readJournal(t, restored)
		if len(lines) < (i+1)*victimWriters*each/4 || len(lines) < before {
			t.Errorf("backup %d holds %d lines, fewer than were acknowledged", i, len(lines))
		}
		before = len(lines)
		put(t, restored, "t", "still", "writable")
	}
}
