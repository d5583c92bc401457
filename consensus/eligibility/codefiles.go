// SPDX-License-Identifier: EUPL-1.2

package eligibility

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	// MaxCodes bounds one list: more than five times the largest municipality.
	MaxCodes = 5_000_000

	hashesHeader = "polder-codes/1 "
	codeHashSize = 32
	// longestHashesLine is longer than any line of a hashes file.
	longestHashesLine = 128
)

// ErrCodeFile is returned for a hashes file that breaks the format.
var ErrCodeFile = errors.New("not a list of code hashes")

// PrintedCode is one letter: its number in the print file, the code and the
// hash the municipality gets.
type PrintedCode struct {
	Number int // 1, 2, ...
	Code   LetterCode
	Hash   string
}

// GenerateCodes makes count different codes and their hashes under kCode
// (KeySize bytes), numbered from 1.
func GenerateCodes(random io.Reader, kCode []byte, count int) ([]PrintedCode, error) {
	if count < 1 || count > MaxCodes {
		return nil, fmt.Errorf("generate letter codes: %d asked, 1 to %d are possible", count, MaxCodes)
	}
	if len(kCode) != KeySize {
		return nil, fmt.Errorf("generate letter codes: the key has %d bytes, want %d", len(kCode), KeySize)
	}
	source := bufio.NewReader(random)
	seen := make(map[LetterCode]struct{}, count)
	list := make([]PrintedCode, 0, count)
	for len(list) < count {
		c, err := GenerateCode(source)
		if err != nil {
			return nil, err
		}
		if _, again := seen[c]; again {
			continue
		}
		seen[c] = struct{}{}
		list = append(list, PrintedCode{Number: len(list) + 1, Code: c, Hash: HashCode(kCode, c)})
	}
	return list, nil
}

// WriteHashes writes hashes.txt, the only file the municipality imports: the
// line "polder-codes/1 <base64 K_code>", then one base64url hash a line in
// random order, so that a line says nothing about the number of a letter.
func WriteHashes(w io.Writer, random io.Reader, kCode []byte, list []PrintedCode) error {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	if err := shuffle(order, random); err != nil {
		return fmt.Errorf("write code hashes: %w", err)
	}
	out := bufio.NewWriter(w)
	_, _ = out.WriteString(hashesHeader + base64.StdEncoding.EncodeToString(kCode) + "\n")
	for _, i := range order {
		_, _ = out.WriteString(list[i].Hash + "\n")
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write code hashes: %w", err)
	}
	return nil
}

// ReadHashes reads hashes.txt strictly: header, key of KeySize bytes, 1 to
// MaxCodes different hashes. Both kinds of line end are accepted.
func ReadHashes(r io.Reader) (kCode Secret, hashes []string, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, longestHashesLine), longestHashesLine)
	if !lines.Scan() {
		return Secret{}, nil, readProblem(lines.Err(), 1, "the file is empty")
	}
	if kCode, err = parseHashesHeader(lines.Text()); err != nil {
		return Secret{}, nil, err
	}
	seen := map[string]struct{}{}
	for lines.Scan() {
		hash, number := lines.Text(), len(hashes)+2
		if raw, err := strictBase64.DecodeString(hash); err != nil || len(raw) != codeHashSize || len(hash) != 43 {
			return Secret{}, nil, readProblem(nil, number, "not a hash")
		}
		if _, again := seen[hash]; again {
			return Secret{}, nil, readProblem(nil, number, "a hash occurs twice")
		}
		if len(hashes) == MaxCodes {
			return Secret{}, nil, readProblem(nil, number, fmt.Sprintf("more than %d codes", MaxCodes))
		}
		seen[hash] = struct{}{}
		hashes = append(hashes, hash)
	}
	if lines.Err() != nil || len(hashes) == 0 {
		return Secret{}, nil, readProblem(lines.Err(), len(hashes)+2, "a hash is missing")
	}
	return kCode, hashes, nil
}

func parseHashesHeader(line string) (Secret, error) {
	encoded, ok := strings.CutPrefix(line, hashesHeader)
	if !ok {
		return Secret{}, readProblem(nil, 1, "it does not start with "+strings.TrimSpace(hashesHeader))
	}
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(key) != KeySize {
		return Secret{}, readProblem(nil, 1, fmt.Sprintf("the key is not base64 of %d bytes", KeySize))
	}
	return NewSecret(key), nil
}

func readProblem(err error, line int, detail string) error {
	if err != nil {
		return fmt.Errorf("%w: line %d: %w", ErrCodeFile, line, err)
	}
	return fmt.Errorf("%w: line %d: %s", ErrCodeFile, line, detail)
}

// WritePrint writes print.csv for the printer: the header "number,code", then
// one letter a line with the code in the form 4-4-4-1. It is destroyed after
// printing.
func WritePrint(w io.Writer, list []PrintedCode) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"number", "code"})
	for _, p := range list {
		_ = out.Write([]string{strconv.Itoa(p.Number), p.Code.Letter()})
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write print file: %w", err)
	}
	return nil
}

// auditLines is the plain text of sealed.bin: one line "number,hash" a letter.
func auditLines(list []PrintedCode) []byte {
	var b bytes.Buffer
	for _, p := range list {
		fmt.Fprintf(&b, "%d,%s\n", p.Number, p.Hash)
	}
	return b.Bytes()
}

// shuffle is Fisher and Yates with unbiased draws from random.
func shuffle(order []int, random io.Reader) error {
	source := bufio.NewReader(random)
	for i := len(order) - 1; i > 0; i-- {
		j, err := drawBelow(uint64(i)+1, source)
		if err != nil {
			return err
		}
		order[i], order[j] = order[j], order[i]
	}
	return nil
}

// drawBelow draws 0..n-1; values of the incomplete last range are thrown away.
func drawBelow(n uint64, source io.Reader) (uint64, error) {
	limit := (1 << 63) / n * n
	for {
		var b [8]byte
		if _, err := io.ReadFull(source, b[:]); err != nil {
			return 0, fmt.Errorf("draw: %w", err)
		}
		if v := binary.BigEndian.Uint64(b[:]) >> 1; v < limit {
			return v % n, nil
		}
	}
}
