// SPDX-License-Identifier: EUPL-1.2

package auth_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"polder/instance/auth"
	"polder/instance/boltstore"
	"polder/instance/store"
	"polder/instance/storetest"
)

const (
	password = "goed lang wachtwoord"
	home     = "192.0.2.1/32"
)

// office is an Authenticator on a store of its own.
type office struct {
	*auth.Authenticator
	t     *testing.T
	clock *clock
	path  string
	store *store.Store
	audit *[]string // every run of an entry; the store runs functions twice
}

func newOffice(t *testing.T, change func(*auth.Options)) office {
	t.Helper()
	path := filepath.Join(t.TempDir(), "polder.db")
	e, err := boltstore.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(context.Background(), storetest.Twice(e))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	c, audit := newClock(), &[]string{}
	opt := auth.Options{
		Store: s, Key: bytes.Repeat([]byte{9}, 32), Now: c.now, Issuer: "Gemeente Voorbeeld", StaffTOTP: true,
		Limiter: auth.NewLimiter(auth.LimiterOptions{Now: c.now, Limits: auth.DefaultLimits()}),
		Audit: func(_ *store.Tx, actor, action, target string) error {
			*audit = append(*audit, actor+" "+action+" "+target)
			return nil
		},
	}
	if change != nil {
		change(&opt)
	}
	a, err := auth.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	a.Cheapen()
	return office{Authenticator: a, t: t, clock: c, path: path, store: s, audit: audit}
}

var ctx = context.Background()

func (o office) create(name string, roles ...string) auth.Enrolment {
	o.t.Helper()
	n := auth.NewAccount{Username: name, Email: name + "@Example.nl", Password: password}
	for _, r := range roles {
		n.Roles = n.Roles.With(roleOf(r))
	}
	_, e, err := o.Create(ctx, "command line", n)
	if err != nil {
		o.t.Fatal(err)
	}
	return e
}

// code is what an authenticator app shows now.
func (o office) code(e auth.Enrolment) string {
	o.t.Helper()
	secret, err := auth.SecretOf(e.OTPAuth)
	if err != nil {
		o.t.Fatal(err)
	}
	return auth.TOTPCode(secret, o.clock.now())
}

// enter logs in with both steps.
func (o office) enter(name string, e auth.Enrolment) string {
	o.t.Helper()
	first, err := o.LogIn(ctx, name, password, home)
	if err != nil {
		o.t.Fatalf("logging in: %v", err)
	}
	if !first.Pending {
		return first.Token
	}
	second, err := o.SecondFactor(ctx, first.Token, o.code(e), home)
	if err != nil {
		o.t.Fatalf("second factor: %v", err)
	}
	return second.Token
}

// want fails the test unless err is the wanted one; nil means none.
func want(t *testing.T, what string, err, wanted error) {
	t.Helper()
	if !errors.Is(err, wanted) {
		t.Errorf("%s: got %v, want %v", what, err, wanted)
	}
}

func TestResidentLogsInWithAPassword(t *testing.T) {
	o := newOffice(t, nil)
	if e := o.create("bewoner", "resident"); e.OTPAuth != "" {
		t.Error("a resident got a second factor")
	}
	for _, name := range []string{"bewoner", " Bewoner ", "bewoner@example.nl", "BEWONER@EXAMPLE.NL"} {
		entry, err := o.LogIn(ctx, name, password, home)
		if err != nil || entry.Pending || entry.Account.Username != "bewoner" {
			t.Errorf("%q: %+v, %v", name, entry, err)
			continue
		}
		v, err := o.Session(ctx, entry.Token)
		if err != nil || v.Account.Username != "bewoner" || v.Fresh {
			t.Errorf("session: %+v, %v", v, err)
		}
	}
	for what, try := range map[string][2]string{
		"wrong password": {"bewoner", password + "!"}, "unknown name": {"niemand", password}, "unknown address": {"x@y.nl", password},
		"empty": {"", ""}, "odd": {"a\x00b", password}, "long": {strings.Repeat("x", 10_000), password},
	} {
		entry, err := o.LogIn(ctx, try[0], try[1], "192.0.2."+what)
		want(t, what, err, auth.ErrCredentials)
		if entry.Token != "" {
			t.Errorf("%s: got a token", what)
		}
	}
	for _, token := range []string{"", "x"} {
		_, err := o.Session(ctx, token)
		want(t, "token "+token, err, auth.ErrNoSession)
	}
}

func TestStaffNeedBothSteps(t *testing.T) {
	o := newOffice(t, nil)
	e := o.create("anna", "editor", "projectLead")
	if len(e.RecoveryCodes) != 10 || !strings.HasPrefix(e.OTPAuth, "otpauth://totp/Gemeente%20Voorbeeld:anna?") {
		t.Fatalf("enrolment %+v", e)
	}
	first, err := o.LogIn(ctx, "anna", password, home)
	if err != nil || !first.Pending {
		t.Fatalf("first step: %+v, %v", first, err)
	}
	_, err = o.Session(ctx, first.Token)
	want(t, "a session after one step", err, auth.ErrNoSession)
	if acc, err := o.Pending(ctx, first.Token); err != nil || acc.Username != "anna" {
		t.Errorf("pending: %+v, %v", acc, err)
	}
	want(t, "refreshing a pending session", o.Refresh(ctx, first.Token, o.code(e), home), auth.ErrNoSession)
	_, err = o.SecondFactor(ctx, first.Token, "000000", home)
	want(t, "wrong code", err, auth.ErrCode)
	code := o.code(e)
	second, err := o.SecondFactor(ctx, first.Token, code[:3]+" "+code[3:], home)
	if err != nil || second.Token == first.Token {
		t.Fatalf("second step: %+v, %v", second, err)
	}
	v, err := o.Session(ctx, second.Token)
	if err != nil || !v.Fresh || !v.Account.SeenAt.Equal(o.clock.now()) {
		t.Errorf("session: %+v, %v", v, err)
	}
	_, err = o.SecondFactor(ctx, first.Token, code, home)
	want(t, "the first token again", err, auth.ErrNoSession)
	_, err = o.SecondFactor(ctx, second.Token, code, home)
	want(t, "the second step in a full session", err, auth.ErrNoSession)

	again, err := o.LogIn(ctx, "anna", password, home)
	if err != nil {
		t.Fatal(err)
	}
	_, err = o.SecondFactor(ctx, again.Token, code, home)
	want(t, "a code used before", err, auth.ErrCode)
	o.clock.pass(30 * time.Second)
	if _, err = o.SecondFactor(ctx, again.Token, o.code(e), home); err != nil {
		t.Errorf("the next code: %v", err)
	}
}

func TestOneCodeOpensOneSession(t *testing.T) {
	o := newOffice(t, nil)
	e := o.create("anna", "admin")
	for what, code := range map[string]string{"recovery": e.RecoveryCodes[3], "TOTP": ""} {
		if code == "" {
			code = o.code(e)
		}
		first, err := o.LogIn(ctx, "anna", password, home)
		if err != nil {
			t.Fatal(err)
		}
		other, err := o.LogIn(ctx, "anna", password, home)
		if err != nil {
			t.Fatal(err)
		}
		var won atomic.Int32
		var wg sync.WaitGroup
		for _, token := range []string{first.Token, other.Token, first.Token, other.Token} {
			wg.Go(func() {
				if _, err := o.SecondFactor(ctx, token, code, home); err == nil {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%s: one code opened %d sessions", what, won.Load())
		}
		o.clock.pass(time.Hour)
	}
	if acc, _ := o.Account(ctx, "anna"); len(acc.RecoveryHashes) != 9 {
		t.Errorf("%d recovery codes left, want 9", len(acc.RecoveryHashes))
	}
}

func TestFreshSecondFactor(t *testing.T) {
	o := newOffice(t, nil)
	e := o.create("anna", "admin")
	token := o.enter("anna", e)
	fresh := func() bool {
		v, err := o.Session(ctx, token)
		if err != nil {
			t.Fatal(err)
		}
		return v.Fresh
	}
	o.clock.pass(5 * time.Minute)
	if !fresh() {
		t.Error("not fresh after 5 minutes")
	}
	o.clock.pass(time.Second)
	if fresh() {
		t.Error("fresh after more than 5 minutes")
	}
	want(t, "a wrong code", o.Refresh(ctx, token, "123", home), auth.ErrCode)
	want(t, "a right code", o.Refresh(ctx, token, o.code(e), home), nil)
	if !fresh() {
		t.Error("not fresh after the second factor")
	}
}

func TestSessionsEnd(t *testing.T) {
	for _, c := range []struct {
		what  string
		role  string
		step  time.Duration // between two uses
		lasts time.Duration // the last use that must succeed
	}{
		{"busy staff", "editor", 59 * time.Minute, 12 * 59 * time.Minute},
		{"idle staff", "editor", 61 * time.Minute, 0},
		{"staff to the minute", "editor", 60 * time.Minute, 12 * time.Hour},
		{"resident now and then", "resident", 29 * 24 * time.Hour, 10 * 29 * 24 * time.Hour},
		{"resident gone", "resident", 30*24*time.Hour + time.Second, 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			o := newOffice(t, nil)
			token := o.enter("anna", o.create("anna", c.role))
			for passed := c.step; passed <= c.lasts; passed += c.step {
				o.clock.pass(c.step)
				if _, err := o.Session(ctx, token); err != nil {
					t.Fatalf("after %v: %v", passed, err)
				}
			}
			if c.lasts > 24*time.Hour {
				return // residents stay as long as they come back
			}
			o.clock.pass(c.step)
			_, err := o.Session(ctx, token)
			want(t, "afterwards", err, auth.ErrNoSession)
			if n, err := o.Sweep(ctx); n != 1 || err != nil {
				t.Errorf("swept %d, %v", n, err)
			}
		})
	}
}

func TestPendingSessionsEndSoon(t *testing.T) {
	o := newOffice(t, nil)
	e := o.create("anna", "editor")
	first, err := o.LogIn(ctx, "anna", password, home)
	if err != nil {
		t.Fatal(err)
	}
	o.clock.pass(10*time.Minute + time.Second)
	_, err = o.SecondFactor(ctx, first.Token, o.code(e), home)
	want(t, "the second step too late", err, auth.ErrNoSession)
}

func TestTriesAreLimited(t *testing.T) {
	o := newOffice(t, nil)
	e := o.create("anna", "admin")
	o.create("bert", "resident")
	var limit *auth.LimitError
	for range 20 { // right ones do not count
		if _, err := o.LogIn(ctx, "bert", password, home); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"anna", "ANNA", " anna", "anna", "anna"} {
		_, err := o.LogIn(ctx, name, "wrong", home)
		want(t, "try", err, auth.ErrCredentials)
	}
	_, err := o.LogIn(ctx, "anna", password, home)
	if !errors.As(err, &limit) || limit.Wait != 3*time.Minute {
		t.Errorf("the right password after 5 wrong ones: %v", err)
	}
	_, err = o.LogIn(ctx, "anna", password, "192.0.2.7/32")
	if !errors.As(err, &limit) {
		t.Errorf("the account from another address: %v", err)
	}
	_, err = o.LogIn(ctx, "bert", password, home)
	if !errors.As(err, &limit) {
		t.Errorf("the address with another account: %v", err)
	}
	if _, err = o.LogIn(ctx, "bert", password, "192.0.2.7/32"); err != nil {
		t.Errorf("another account from another address: %v", err)
	}
	o.clock.pass(15 * time.Minute)
	first, err := o.LogIn(ctx, "anna", password, home)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		_, err = o.SecondFactor(ctx, first.Token, "000000", home)
		want(t, "second factor", err, auth.ErrCode)
	}
	_, err = o.SecondFactor(ctx, first.Token, o.code(e), home)
	if !errors.As(err, &limit) {
		t.Errorf("the right code after 5 wrong ones: %v", err)
	}
}

func TestLoopbackIsNotLimitedUnderDev(t *testing.T) {
	o := newOffice(t, func(opt *auth.Options) {
		opt.Limiter = auth.NewLimiter(auth.LimiterOptions{Now: opt.Now, Limits: auth.DefaultLimits(), ExemptLoopback: true})
	})
	o.create("bert", "resident")
	for range 8 {
		_, err := o.LogIn(ctx, "bert", "wrong", "127.0.0.1/32")
		want(t, "try", err, auth.ErrCredentials)
	}
	if _, err := o.LogIn(ctx, "bert", password, "127.0.0.1/32"); err != nil {
		t.Errorf("the right password: %v", err)
	}
}

func TestStaffWithoutSecondFactor(t *testing.T) {
	o := newOffice(t, nil)
	e := o.create("anna", "editor")
	update := func(edit func(*store.Account)) {
		err := o.store.Update(ctx, func(tx *store.Tx) error {
			row, err := store.AccountKind.In(tx).Only("username", store.Key("anna"))
			if err != nil {
				return err
			}
			edit(&row.Value)
			return store.AccountKind.In(tx).Put(row.Key, row.Value)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	update(func(a *store.Account) { a.TOTP = nil })
	_, err := o.LogIn(ctx, "anna", password, home)
	want(t, "staff without a second factor", err, auth.ErrNoFactor)

	lax := newOffice(t, func(opt *auth.Options) { opt.StaffTOTP = false })
	e = lax.create("anna", "editor")
	if first, err := lax.LogIn(ctx, "anna", password, home); err != nil || !first.Pending || e.OTPAuth == "" {
		t.Errorf("with staff_totp off, who has a second factor uses it: %+v, %v", first, err)
	}
}

func TestNothingSecretLiesOpen(t *testing.T) {
	o := newOffice(t, nil)
	e := o.create("anna", "editor")
	token := o.enter("anna", e)
	access, err := o.IssueToken(ctx, "command line", "anna", []string{"read"})
	if err != nil {
		t.Fatal(err)
	}
	acc, err := o.Account(ctx, "anna@example.nl")
	if err != nil {
		t.Fatal(err)
	}
	if address, err := o.Email(acc); address != "anna@Example.nl" || err != nil {
		t.Errorf("address %q, %v", address, err)
	}
	secret, err := auth.SecretOf(e.OTPAuth)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.store.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(o.path)
	if err != nil {
		t.Fatal(err)
	}
	for what, planted := range map[string]string{
		"password": password, "address": "anna@Example.nl", "address, folded": "anna@example.nl", "TOTP secret": string(secret),
		"session token": token, "access token": access, "recovery code": e.RecoveryCodes[0],
		"recovery code, plain": strings.ReplaceAll(e.RecoveryCodes[0], "-", ""),
	} {
		if bytes.Contains(file, []byte(planted)) {
			t.Errorf("the file holds the %s", what)
		}
	}
	if !bytes.Contains(file, []byte(`"username":"anna"`)) {
		t.Error("the search would not find anything")
	}
}

// audited are the entries written, without repetition.
func (o office) audited() []string { return slices.Compact(slices.Clone(*o.audit)) }
