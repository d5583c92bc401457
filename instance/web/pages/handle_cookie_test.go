// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"polder/consensus/eligibility"
	"polder/instance/web/pages"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func newSealer(t testing.TB, key byte, url string) *pages.Sealer {
	t.Helper()
	s, err := pages.NewSealer(bytes.Repeat([]byte{key}, 32), rand.Reader, url)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func read(s *pages.Sealer, c *http.Cookie) (pages.Visitor, bool) {
	r := &http.Request{Header: http.Header{}}
	r.AddCookie(c)
	return s.Visitor(r)
}

// TestCookiesHoldWhatWasPutInThem, for any visitor with any codes.
func TestCookiesHoldWhatWasPutInThem(t *testing.T) {
	s, other := newSealer(t, 1, "https://a.example"), newSealer(t, 2, "https://a.example")
	rapid.Check(t, func(t *rapid.T) {
		v := pages.Visitor{Until: noon.Add(time.Duration(rapid.IntRange(1, 9000).Draw(t, "hours")) * time.Hour)}
		copy(v.ID[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		for i := range rapid.IntRange(0, 30).Draw(t, "codes") {
			code := eligibility.HashCode([]byte{byte(i)}, eligibility.LetterCode(fmt.Sprint(i)))
			v.Enter(uuid.Must(uuid.NewV7()).String(), code)
		}
		c, err := s.Cookie(v, noon)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := read(s, c)
		if !ok || got.ID != v.ID || !got.Until.Equal(v.Until) || !reflect.DeepEqual(got.Codes, v.Codes) {
			t.Fatalf("%+v, want %+v", got, v)
		}
		if len(c.String()) > 4000 || c.MaxAge != int(v.Until.Sub(noon)/time.Second) {
			t.Fatalf("%d bytes, %d seconds", len(c.String()), c.MaxAge)
		}
		if _, ok := read(other, c); ok {
			t.Fatal("another instance reads the cookie")
		}
		broken := *c
		at := rapid.IntRange(0, len(c.Value)-2).Draw(t, "at") // the last symbol holds unused bits
		broken.Value = c.Value[:at] + flip(c.Value[at]) + c.Value[at+1:]
		if _, ok := read(s, &broken); ok {
			t.Fatal("a changed cookie is read")
		}
	})
}

func flip(b byte) string {
	if b == 'A' {
		return "B"
	}
	return "A"
}

func TestCookieNames(t *testing.T) {
	for url, want := range map[string]string{"https://a.example": "__Host-p=", "http://a.localhost:8440": "p="} {
		s := newSealer(t, 1, url)
		v, err := s.NewVisitor()
		if err != nil {
			t.Fatal(err)
		}
		v.Extend(noon)
		c, err := s.Cookie(v, noon)
		if err != nil || !strings.HasPrefix(c.String(), want) || c.Secure != strings.HasPrefix(url, "https") || !c.HttpOnly {
			t.Errorf("%s: %s, %v", url, c, err)
		}
	}
	if _, err := newSealer(t, 1, "https://a.example").Cookie(pages.Visitor{Codes: []pages.EnteredCode{{Consultation: "x", Hash: "y"}}}, noon); err == nil {
		t.Error("a code that is none is written")
	}
}

// TestTheNewestCodeCounts, and the cookie lives 60 days longer than the last
// consultation.
func TestTheNewestCodeCounts(t *testing.T) {
	v := pages.Visitor{}
	v.Enter("a", "one")
	v.Enter("b", "two")
	v.Enter("a", "three")
	if v.Code("a") != "three" || v.Code("b") != "two" || v.Code("c") != "" || len(v.Codes) != 2 {
		t.Errorf("codes %v", v.Codes)
	}
	if !v.Extend(noon) || v.Extend(noon) || v.Extend(noon.AddDate(0, 0, -1)) || !v.Until.Equal(noon.AddDate(0, 0, 60)) {
		t.Errorf("until %s", v.Until)
	}
}
