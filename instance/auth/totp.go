// SPDX-License-Identifier: EUPL-1.2

package auth

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
)

// TOTP as of RFC 6238 with the settings that every authenticator app knows:
// HMAC-SHA-1, 6 digits, steps of 30 s; a code is valid one step early or late.
const (
	totpStep       = 30 // seconds
	totpDigits     = 6
	totpWindow     = 1  // steps
	totpSecretSize = 20 // bytes, as long as the hash (RFC 4226, 4)
)

// noPadding is how authenticator apps want secrets.
var noPadding = base32.StdEncoding.WithPadding(base32.NoPadding)

// TOTPCode is the code of a secret for the step that holds at.
func TOTPCode(secret []byte, at time.Time) string { return hotp(secret, totpStepOf(at)) }

func totpStepOf(at time.Time) int64 { return at.Unix() / totpStep }

// hotp is HOTP (RFC 4226, 5.3).
func hotp(secret []byte, counter int64) string {
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(counter)))
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	return fmt.Sprintf("%0*d", totpDigits, n%1_000_000)
}

// matchTOTP returns the step whose code was typed, if it is valid at that time
// and newer than the last one used. It looks at every step of the window.
func matchTOTP(secret []byte, typed string, at time.Time, last int64) (step int64, ok bool) {
	now := totpStepOf(at)
	for s := now - totpWindow; s <= now+totpWindow; s++ {
		if subtle.ConstantTimeCompare([]byte(hotp(secret, s)), []byte(typed)) == 1 && s > last && !ok {
			step, ok = s, true
		}
	}
	return step, ok
}

// newTOTP draws a secret.
func newTOTP(random io.Reader) ([]byte, error) {
	secret := make([]byte, totpSecretSize)
	if _, err := io.ReadFull(random, secret); err != nil {
		return nil, fmt.Errorf("making a TOTP secret: %w", err)
	}
	return secret, nil
}

// otpauthURI is what authenticator apps read as a picture or by hand. issuer
// and account are shown by the app.
func otpauthURI(issuer, account string, secret []byte) string {
	issuer = strings.ReplaceAll(issuer, ":", " ")
	query := url.Values{
		"secret": {noPadding.EncodeToString(secret)}, "issuer": {issuer},
		"algorithm": {"SHA1"}, "digits": {fmt.Sprint(totpDigits)}, "period": {fmt.Sprint(totpStep)},
	}
	label := url.PathEscape(issuer) + ":" + url.PathEscape(account)
	// Apps read %20, but not all of them +, as a space.
	return "otpauth://totp/" + label + "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
}

// SecretOf reads the secret from an otpauth:// address; for programs that log
// in by themselves.
func SecretOf(otpauth string) ([]byte, error) {
	u, err := url.Parse(otpauth)
	if err != nil || u.Scheme != "otpauth" {
		return nil, fmt.Errorf("reading an otpauth address: no address of that kind")
	}
	secret, err := noPadding.DecodeString(strings.ToUpper(u.Query().Get("secret")))
	if err != nil || len(secret) == 0 {
		return nil, fmt.Errorf("reading an otpauth address: no secret in it")
	}
	return secret, nil
}
