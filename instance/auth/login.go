// SPDX-License-Identifier: EUPL-1.2

package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"polder/instance/store"
)

// Entry is the outcome of a step of logging in.
type Entry struct {
	Token   string // for the session cookie
	Account store.Account
	Pending bool // SecondFactor has to follow
}

// LogIn is the first step: a user name or mail address and a password. from is
// the address of the visitor as limits count it. It answers ErrCredentials,
// ErrNoFactor or a *LimitError; it takes as long for a name that nobody has.
func (a *Authenticator) LogIn(ctx context.Context, name, password, from string) (Entry, error) {
	refund, err := a.admit(fold(name), from)
	if err != nil {
		return Entry{}, err
	}
	acc, err := a.Account(ctx, name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Entry{}, err
	}
	fits, old, err := a.hasher.Verify(ctx, acc.Password, password)
	if err != nil {
		return Entry{}, fmt.Errorf("logging in: %w", err)
	}
	if !fits || acc.Disabled {
		return Entry{}, ErrCredentials
	}
	if a.needsFactor(acc) && acc.TOTP == nil {
		return Entry{}, ErrNoFactor
	}
	renewed := ""
	if old {
		if renewed, err = a.hasher.Hash(ctx, password); err != nil && !errors.Is(err, ErrPasswordLength) {
			return Entry{}, fmt.Errorf("logging in: %w", err)
		}
	}
	refund()
	return a.enter(ctx, acc, renewed)
}

// enter begins the session of somebody whose password was right. renewed, if
// any, takes the place of the password hash.
func (a *Authenticator) enter(ctx context.Context, checked store.Account, renewed string) (Entry, error) {
	e := Entry{Token: newToken(), Pending: checked.TOTP != nil}
	key, now := hashToken(e.Token), a.now()
	err := a.opt.Store.Update(ctx, func(tx *store.Tx) error {
		acc, err := store.AccountKind.In(tx).Get(checked.ID)
		if err != nil {
			return err
		}
		if acc.Disabled || acc.Password != checked.Password || (acc.TOTP != nil) != e.Pending {
			return ErrCredentials // changed in the meantime
		}
		if renewed != "" {
			acc.Password = renewed
		}
		if !e.Pending {
			acc.SeenAt = now
		}
		e.Account = acc
		if err := store.AccountKind.In(tx).Put(acc.ID, acc); err != nil {
			return err
		}
		s := store.Session{Account: acc.ID, Pending: e.Pending, CreatedAt: now, SeenAt: now}
		return store.SessionKind.In(tx).Insert(key, s)
	})
	if err != nil {
		return Entry{}, fmt.Errorf("logging in: %w", err)
	}
	return e, nil
}

// SecondFactor is the second step: the token of the first and a TOTP code or a
// recovery code. The session gets a new token. It answers ErrCode,
// ErrNoSession or a *LimitError.
func (a *Authenticator) SecondFactor(ctx context.Context, token, code, from string) (Entry, error) {
	e := Entry{Token: newToken()}
	old, key, now := hashToken(token), hashToken(e.Token), a.now()
	acc, err := a.prove(ctx, token, code, from, true, func(tx *store.Tx, acc *store.Account, _ store.Session) error {
		acc.SeenAt = now
		if err := store.SessionKind.In(tx).Delete(old); err != nil {
			return err
		}
		s := store.Session{Account: acc.ID, CreatedAt: now, SeenAt: now, FactorAt: now}
		return store.SessionKind.In(tx).Insert(key, s)
	})
	if err != nil {
		return Entry{}, err
	}
	e.Account = acc
	return e, nil
}

// Refresh takes the second factor again within a session: Visit.Fresh is true
// for the next FactorFresh.
func (a *Authenticator) Refresh(ctx context.Context, token, code, from string) error {
	key, now := hashToken(token), a.now()
	_, err := a.prove(ctx, token, code, from, false, func(tx *store.Tx, _ *store.Account, s store.Session) error {
		s.FactorAt, s.SeenAt = now, now
		return store.SessionKind.In(tx).Put(key, s)
	})
	return err
}

// prove checks a second factor of the account of a session, uses it up, and
// does what follows from it, in one transaction.
func (a *Authenticator) prove(ctx context.Context, token, code, from string, pending bool,
	then func(*store.Tx, *store.Account, store.Session) error) (store.Account, error) {
	v, err := a.read(ctx, token)
	if err != nil {
		return store.Account{}, err
	}
	if v.Session.Pending != pending {
		return store.Account{}, ErrNoSession
	}
	refund, err := a.admit(v.Account.Username, from)
	if err != nil {
		return store.Account{}, err
	}
	use, err := a.matchFactor(v.Account, code)
	if err != nil {
		return store.Account{}, err
	}
	var acc store.Account
	key := hashToken(token)
	err = a.opt.Store.Update(ctx, func(tx *store.Tx) error {
		s, err := store.SessionKind.In(tx).Get(key)
		if errors.Is(err, store.ErrNotFound) {
			return ErrNoSession
		}
		if err != nil {
			return err
		}
		if acc, err = store.AccountKind.In(tx).Get(v.Account.ID); err != nil {
			return err
		}
		if err := use(&acc); err != nil {
			return err
		}
		if err := then(tx, &acc, s); err != nil {
			return err
		}
		return store.AccountKind.In(tx).Put(acc.ID, acc)
	})
	if err != nil {
		return store.Account{}, fmt.Errorf("checking the second factor: %w", err)
	}
	refund()
	return acc, nil
}

// matchFactor checks a code, outside any transaction, and returns what uses it
// up inside one: of two requests with one code only the first succeeds.
func (a *Authenticator) matchFactor(acc store.Account, typed string) (use func(*store.Account) error, err error) {
	if acc.TOTP == nil {
		return nil, ErrNoFactor
	}
	secret, err := a.seals.Open("totp\x00"+acc.ID, acc.TOTP)
	if err != nil {
		return nil, fmt.Errorf("reading the second factor of %s: %w", acc.Username, err)
	}
	if step, ok := matchTOTP(secret, digitsOf(typed), a.now(), acc.LastStep); ok {
		return func(now *store.Account) error {
			if !slices.Equal(now.TOTP, acc.TOTP) || step <= now.LastStep {
				return ErrCode
			}
			now.LastStep = step
			return nil
		}, nil
	}
	if hash, ok := matchRecovery(acc.RecoveryHashes, typed); ok {
		return func(now *store.Account) error {
			i := slices.Index(now.RecoveryHashes, hash)
			if i < 0 {
				return ErrCode
			}
			now.RecoveryHashes = slices.Delete(now.RecoveryHashes, i, i+1)
			return nil
		}, nil
	}
	return nil, ErrCode
}

// digitsOf drops the spaces that apps show between digits.
func digitsOf(typed string) string {
	var digits []byte
	for _, c := range []byte(typed) {
		if c != ' ' {
			digits = append(digits, c)
		}
	}
	return string(digits)
}

// needsFactor reports whether acc may not log in with a password alone.
func (a *Authenticator) needsFactor(acc store.Account) bool {
	return acc.Roles.Staff() && a.opt.StaffTOTP
}

// admit counts a try by account and by address. refund takes it off again, so
// that only wrong tries count. An exempt address is not counted at all.
func (a *Authenticator) admit(account, from string) (refund func(), err error) {
	l := a.opt.Limiter
	if l.Exempt(from) {
		return func() {}, nil
	}
	account = "account " + account
	keys := []string{account, from}
	for i, key := range keys {
		wait, ok := l.Allow(LimitLogin, key)
		if ok {
			continue
		}
		for _, taken := range keys[:i] {
			l.Refund(LimitLogin, taken)
		}
		return nil, &LimitError{Wait: max(wait, time.Second)}
	}
	return func() {
		for _, key := range keys {
			l.Refund(LimitLogin, key)
		}
	}, nil
}
