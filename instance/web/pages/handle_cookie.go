// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Visitor is what the participation cookie holds: a random id, which is the
// identity of level `open`, and the letter codes entered in this browser. It
// names nobody, and only this instance can read it.
type Visitor struct {
	ID    [16]byte
	Until time.Time     // when the cookie may go: 60 days after the last consultation
	Codes []EnteredCode // the newest last
}

// EnteredCode is a letter code that was right, by its hash.
type EnteredCode struct {
	Consultation string // id, a UUID
	Hash         string // eligibility.HashCode
}

// mostCodes keeps the cookie far below the 4096 bytes that browsers take.
const mostCodes = 24

// Identity is the identity of level open.
func (v *Visitor) Identity() string { return hex.EncodeToString(v.ID[:]) }

// Code gives the hash of the code entered for a consultation, "" if none.
func (v *Visitor) Code(consultation string) string {
	for _, c := range v.Codes {
		if c.Consultation == consultation {
			return c.Hash
		}
	}
	return ""
}

// Enter remembers a code; the newest one of a consultation counts.
func (v *Visitor) Enter(consultation, hash string) {
	var list []EnteredCode
	for _, c := range v.Codes {
		if c.Consultation != consultation {
			list = append(list, c)
		}
	}
	list = append(list, EnteredCode{consultation, hash})
	v.Codes = list[max(0, len(list)-mostCodes):]
}

// Extend keeps the cookie until 60 days after a consultation closed; it reports
// whether that is later than before.
func (v *Visitor) Extend(closes time.Time) bool {
	until := closes.Add(keepCookie).Truncate(time.Hour)
	if !until.After(v.Until) {
		return false
	}
	v.Until = until
	return true
}

// Sealer writes and reads the participation cookie: AES-256-GCM under a key
// derived from the application key for this purpose alone, so that no other
// sealed value of the instance can be passed off as a cookie. It is safe for
// concurrent use if random is.
type Sealer struct {
	aead   cipher.AEAD
	random io.Reader
	secure bool
	name   string
}

const (
	sealPurpose  = "polder participation cookie 1"
	visitorBytes = 16 + 4  // id, until in unix hours
	codeBytes    = 16 + 32 // consultation, hash

	// keepCookie is how long after a consultation the cookie stays, as the
	// privacy page says.
	keepCookie = 60 * 24 * time.Hour
)

var errCookie = errors.New("not a participation cookie of this instance")

// NewSealer takes the 32 bytes of Keyring.Application, a strong random source
// and the public URL of the site: with https the cookie is bound to the host
// (__Host-p), without it, which only -dev allows, it is a plain one.
func NewSealer(application []byte, random io.Reader, siteURL string) (*Sealer, error) {
	key, err := hkdf.Key(sha256.New, application, nil, sealPurpose, 32)
	if err != nil {
		return nil, fmt.Errorf("derive cookie key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("derive cookie key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("derive cookie key: %w", err)
	}
	s := &Sealer{aead: aead, random: random, secure: strings.HasPrefix(siteURL, "https://"), name: "p"}
	if s.secure {
		s.name = "__Host-p"
	}
	return s, nil
}

// NewVisitor is a visitor nobody has seen before.
func (s *Sealer) NewVisitor() (Visitor, error) {
	var v Visitor
	if _, err := io.ReadFull(s.random, v.ID[:]); err != nil {
		return v, fmt.Errorf("new visitor: %w", err)
	}
	return v, nil
}

// Cookie is the cookie that holds v from now until v.Until.
func (s *Sealer) Cookie(v Visitor, now time.Time) (*http.Cookie, error) {
	plain := make([]byte, 0, visitorBytes+len(v.Codes)*codeBytes)
	plain = append(plain, v.ID[:]...)
	plain = binary.BigEndian.AppendUint32(plain, uint32(v.Until.Unix()/3600))
	for _, c := range v.Codes {
		id, err := uuid.Parse(c.Consultation)
		hash, err2 := base64.RawURLEncoding.DecodeString(c.Hash)
		if err := errors.Join(err, err2); err != nil || len(hash) != codeBytes-16 {
			return nil, fmt.Errorf("write cookie: %w", errors.Join(errCookie, err))
		}
		plain = append(append(plain, id[:]...), hash...)
	}
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(plain)+s.aead.Overhead())
	if _, err := io.ReadFull(s.random, nonce); err != nil {
		return nil, fmt.Errorf("write cookie: %w", err)
	}
	value := base64.RawURLEncoding.EncodeToString(s.aead.Seal(nonce, nonce, plain, []byte(sealPurpose)))
	return s.plain(s.name, value, max(1, int(v.Until.Sub(now)/time.Second))), nil
}

// plain builds a cookie of this site; a negative age removes it.
func (s *Sealer) plain(name, value string, age int) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: s.secure,
		SameSite: http.SameSiteLaxMode}
}

// Visitor reads the cookie of a request; ok is false without a valid one.
func (s *Sealer) Visitor(r *http.Request) (v Visitor, ok bool) {
	c, err := r.Cookie(s.name)
	if err != nil {
		return v, false
	}
	v, err = s.open(c.Value)
	return v, err == nil
}

func (s *Sealer) open(value string) (v Visitor, err error) {
	sealed, err := base64.RawURLEncoding.DecodeString(value)
	n := s.aead.NonceSize()
	if err != nil || len(sealed) < n+visitorBytes+s.aead.Overhead() {
		return v, errCookie
	}
	plain, err := s.aead.Open(sealed[n:n], sealed[:n], sealed[n:], []byte(sealPurpose))
	if err != nil || (len(plain)-visitorBytes)%codeBytes != 0 {
		return v, errCookie
	}
	copy(v.ID[:], plain)
	v.Until = time.Unix(int64(binary.BigEndian.Uint32(plain[16:]))*3600, 0)
	for rest := plain[visitorBytes:]; len(rest) > 0; rest = rest[codeBytes:] {
		v.Codes = append(v.Codes, EnteredCode{uuid.UUID(rest[:16]).String(),
			base64.RawURLEncoding.EncodeToString(rest[16:codeBytes])})
	}
	return v, nil
}
