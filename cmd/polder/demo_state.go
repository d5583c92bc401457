// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// demoState is what a demo keeps in its folder so that a killed run can go on:
// which file it plays, on which ports, and the secrets of its voters and
// officials. It belongs to the example alone.
type demoState struct {
	Source         string                  `json:"source"` // digest of the votes that are played
	Municipalities int                     `json:"municipalities"`
	Ports          []int                   `json:"ports"`     // nation, province, municipalities, remote server
	Codes          map[string][]demoLetter `json:"codes"`     // consultation/area -> letters
	HashFiles      map[string]string       `json:"hashFiles"` // consultation/area -> hashes.txt
	Officials      map[string][]demoLogin  `json:"officials"`
	RemoteKey      []byte                  `json:"remoteKey,omitempty"` // PKCS#8 of the built-in remote server

	dir string
}

// demoLetter is one letter code with the hash the municipality got.
type demoLetter struct {
	Code string `json:"code"`
	Hash string `json:"hash"`
}

// demoLogin is the log-in of one official of an instance.
type demoLogin struct {
	Username string `json:"username"`
	Password string `json:"password"`
	TOTP     string `json:"totp"` // otpauth:// address
	Role     string `json:"role"`
}

const demoStateFile = "demo.json"

// loadDemoState reads the state of a folder; a fresh folder gives an empty one.
func loadDemoState(dir string) (*demoState, error) {
	s := &demoState{dir: dir, Codes: map[string][]demoLetter{}, Officials: map[string][]demoLogin{}, HashFiles: map[string]string{}}
	raw, err := os.ReadFile(filepath.Join(dir, demoStateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the demo's folder: %w", err)
	}
	if err := json.Unmarshal(raw, s); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", filepath.Join(dir, demoStateFile), err)
	}
	return s, nil
}

// save replaces the file in one step, so that a kill leaves the old or the new.
func (s *demoState) save() error {
	raw, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return fmt.Errorf("save the demo's state: %w", err)
	}
	path := filepath.Join(s.dir, demoStateFile)
	if err := os.WriteFile(path+".new", raw, 0o600); err != nil {
		return fmt.Errorf("save the demo's state: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("save the demo's state: %w", err)
	}
	return nil
}

// journal remembers which votes were acknowledged. One line a vote is written
// as soon as the answer is there, so a run that goes on casts only the rest.
type journal struct {
	mu   sync.Mutex
	file *os.File
	done map[string]bool
}

func openJournal(path string) (*journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the list of acknowledged votes: %w", err)
	}
	j := &journal{file: file, done: map[string]bool{}}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if line, ok := strings.CutSuffix(lines.Text(), "."); ok { // a torn last line has no end mark
			j.done[line] = true
		}
	}
	if err := lines.Err(); err != nil {
		file.Close()
		return nil, fmt.Errorf("read the list of acknowledged votes: %w", err)
	}
	return j, nil
}

func (j *journal) has(vote string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.done[vote]
}

// add records an acknowledged vote. The leading line end closes a torn line.
func (j *journal) add(vote string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.done[vote] = true
	if _, err := j.file.WriteString("\n" + vote + "."); err != nil {
		return fmt.Errorf("record an acknowledged vote: %w", err)
	}
	return nil
}

func (j *journal) Close() error { return j.file.Close() }
