// SPDX-License-Identifier: EUPL-1.2

package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"polder/instance/store"
)

// Visit is a session in use.
type Visit struct {
	Account store.Account
	Session store.Session
	Fresh   bool // the second factor is at most FactorFresh old
}

// Session returns who a session token belongs to and notes the use, or answers
// ErrNoSession. A session between the two steps of logging in is none.
func (a *Authenticator) Session(ctx context.Context, token string) (Visit, error) {
	v, err := a.read(ctx, token)
	if err != nil {
		return Visit{}, err
	}
	if v.Session.Pending {
		return Visit{}, ErrNoSession
	}
	if now := a.now(); now.Sub(v.Session.SeenAt) >= renewEvery {
		if err := a.renew(ctx, token, now); err != nil {
			return Visit{}, err
		}
		v.Session.SeenAt = now
	}
	return v, nil
}

// Pending returns the account that took the first step of logging in with this
// token, or answers ErrNoSession.
func (a *Authenticator) Pending(ctx context.Context, token string) (store.Account, error) {
	v, err := a.read(ctx, token)
	if err != nil {
		return store.Account{}, err
	}
	if !v.Session.Pending {
		return store.Account{}, ErrNoSession
	}
	return v.Account, nil
}

// read returns a session that has not ended, pending or not.
func (a *Authenticator) read(ctx context.Context, token string) (Visit, error) {
	var v Visit
	if token == "" {
		return v, ErrNoSession
	}
	key := hashToken(token)
	err := a.opt.Store.View(ctx, func(tx *store.Tx) (err error) {
		if v.Session, err = store.SessionKind.In(tx).Get(key); err != nil {
			return err
		}
		v.Account, err = store.AccountKind.In(tx).Get(v.Session.Account)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return Visit{}, ErrNoSession
	}
	if err != nil {
		return Visit{}, fmt.Errorf("reading a session: %w", err)
	}
	now := a.now()
	if v.Account.Disabled || ended(v.Session, v.Account.Roles.Staff(), now) {
		return Visit{}, ErrNoSession
	}
	if a.needsFactor(v.Account) && !v.Session.Pending && v.Session.FactorAt.IsZero() {
		return Visit{}, ErrNoSession
	}
	v.Fresh = !v.Session.FactorAt.IsZero() && now.Sub(v.Session.FactorAt) <= FactorFresh
	return v, nil
}

// ended reports whether a session is over.
func ended(s store.Session, staff bool, now time.Time) bool {
	idle, age := now.Sub(s.SeenAt), now.Sub(s.CreatedAt)
	switch {
	case s.Pending:
		return age > PendingMost
	case staff:
		return idle > StaffIdle || age > StaffMost
	}
	return idle > ResidentIdle
}

// renew notes the use of a session. One that was ended meanwhile stays ended.
func (a *Authenticator) renew(ctx context.Context, token string, now time.Time) error {
	key := hashToken(token)
	err := a.opt.Store.Update(ctx, func(tx *store.Tx) error {
		return store.SessionKind.In(tx).Modify(key, func(s *store.Session) error {
			if now.After(s.SeenAt) {
				s.SeenAt = now
			}
			return nil
		})
	})
	if errors.Is(err, store.ErrNotFound) {
		return ErrNoSession
	}
	if err != nil {
		return fmt.Errorf("renewing a session: %w", err)
	}
	return nil
}

// LogOut ends one session; a token without one is no error.
func (a *Authenticator) LogOut(ctx context.Context, token string) error {
	if token == "" {
		return nil
	}
	key := hashToken(token)
	err := a.opt.Store.Update(ctx, func(tx *store.Tx) error {
		return store.SessionKind.In(tx).Delete(key)
	})
	if err != nil {
		return fmt.Errorf("logging out: %w", err)
	}
	return nil
}

// RevokeAll ends every session and access token of an account, by its id.
func (a *Authenticator) RevokeAll(ctx context.Context, account string) error {
	err := a.opt.Store.Update(ctx, func(tx *store.Tx) error {
		return errors.Join(endSessions(tx, account), endTokens(tx, account))
	})
	if err != nil {
		return fmt.Errorf("revoking the sessions of an account: %w", err)
	}
	return nil
}

// sweepPage is how many sessions one transaction of Sweep looks at.
const sweepPage = 500

// Sweep deletes sessions that have ended and tells how many. The scheduler
// calls it now and then; nothing but space depends on it.
func (a *Authenticator) Sweep(ctx context.Context) (int, error) {
	total, from := 0, ""
	for more := true; more; {
		deleted, next := 0, ""
		err := a.opt.Store.Update(ctx, func(tx *store.Tx) (err error) {
			deleted, next, err = a.sweepPage(tx, from)
			return err
		})
		if err != nil {
			return total, fmt.Errorf("sweeping sessions: %w", err)
		}
		total, from, more = total+deleted, next, next != ""
	}
	return total, nil
}

// sweepPage looks at one page of sessions from a key on. next is where the
// following page begins, empty after the last.
func (a *Authenticator) sweepPage(tx *store.Tx, from string) (deleted int, next string, err error) {
	sessions, seen := store.SessionKind.In(tx), 0
	for row, err := range sessions.ListFrom("", from) {
		if err != nil {
			return deleted, "", err
		}
		if seen++; seen > sweepPage {
			return deleted, row.Key, nil
		}
		acc, err := store.AccountKind.In(tx).Get(row.Value.Account)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return deleted, "", err
		}
		if err == nil && !ended(row.Value, acc.Roles.Staff(), a.now()) {
			continue
		}
		if err := sessions.Delete(row.Key); err != nil {
			return deleted, "", err
		}
		deleted++
	}
	return deleted, "", nil
}

func endSessions(tx *store.Tx, account string) error {
	return deleteBy(store.SessionKind.In(tx), account)
}

// deleteBy deletes the records of an account.
func deleteBy[T any](records store.Records[T], account string) error {
	for row, err := range records.By("account", store.Prefix(account)) {
		if err != nil {
			return err
		}
		if err := records.Delete(row.Key); err != nil {
			return err
		}
	}
	return nil
}
